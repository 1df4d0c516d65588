/** One thing that can be read again and again, and that now and then cannot. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import type { Known, Reading } from "./facts.ts";

export interface Patience {
  /** How long somebody waits when there is an older reading to show instead, or when it failed before. */
  readonly knownMs: number;
  /** How long at the first time, when there is nothing else to show; every read is aborted then. At least `knownMs`. */
  readonly firstMs: number;
}

export interface Source<T> {
  /** Never throws: a failure is a reading too. Aborts waiting with `signal`. */
  readonly read: (signal: AbortSignal) => Promise<Reading<T>>;
}

export interface SourceNeeds<T> {
  /** `yc-prod: nodes` */
  readonly name: string;
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Aborts what is under way for good. */
  readonly stop: AbortSignal;
  /** Told of each read under way, so that nothing outlives its owner. */
  readonly track: (underWay: Promise<unknown>) => void;
}

type Outcome<T> = { readonly ok: true; readonly known: Known<T> } | { readonly ok: false; readonly error: string };

/**
 * Remembers the newest good reading (one) and shares one read between all who ask at the same time. A read that is slower than the patience
 * of those who do not ask first goes on, and is there for the next who ask.
 */
export function keepSource<T>({ name, read, clock, patience, stop, track }: SourceNeeds<T>): Source<T> {
  let last: Known<T> | undefined;
  let underWay: Promise<Outcome<T>> | undefined;
  let tried = false;

  const start = async (): Promise<Outcome<T>> => {
    const done = new AbortController();
    const signal = AbortSignal.any([stop, done.signal]);
    try {
      const value = await within(clock, patience.firstMs, signal, (late) => read(AbortSignal.any([signal, late])));
      last = { value, at: clock.now() };
      return { ok: true, known: last };
    } catch (error) {
      return { ok: false, error: inWords(error) };
    } finally {
      done.abort(new Error("done"));
      tried = true;
      underWay = undefined;
    }
  };

  const failed = (error: string): Reading<T> => ({ ok: false, source: name, error, lastKnown: last });

  return {
    read: async (signal) => {
      if (underWay === undefined) {
        underWay = start();
        track(underWay);
      }
      const reading = underWay;
      try {
        const outcome = await within(clock, tried ? patience.knownMs : patience.firstMs, AbortSignal.any([stop, signal]), () => reading);
        return outcome.ok ? { ok: true, ...outcome.known } : failed(outcome.error);
      } catch (error) {
        return failed(inWords(error));
      }
    },
  };
}

class Late extends Error {}

/** What `work` answers, or a {@link Late} after `ms`, whether or not `work` listens to its signal. */
async function within<T>(clock: Clock, ms: number, signal: AbortSignal, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const answered = new AbortController();
  const timer = clock.sleep(ms, AbortSignal.any([signal, answered.signal])).then(
    () => {
      const error = new Late(`no answer within ${ms / 1000} s`);
      late.abort(error);
      throw error;
    },
    () => {
      signal.throwIfAborted();
      return new Promise<never>(() => {});
    },
  );
  try {
    signal.throwIfAborted();
    return await Promise.race([work(late.signal), timer]);
  } finally {
    timer.catch(() => {});
    answered.abort(new Error("answered"));
  }
}

function inWords(error: unknown): string {
  if (error instanceof OpsroomError || error instanceof Late) return error.message;
  if (error instanceof Error) return error.name === "AbortError" || error.name === "TimeoutError" ? "no answer in time" : error.message;
  return "an unexpected answer";
}
