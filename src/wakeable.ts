/** A loop that sleeps until somebody has work for it. */
import type { Clock } from "./clock.ts";

export interface Wakeable {
  /** Ends the current wait, or the next one if nobody waits now: a wake is never lost. */
  readonly wake: () => void;
  /** Resolves when woken, after `ms`, or when `signal` aborts. Never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A reason of our own: the usual one is an error with a stack, made for each wake. */
const woken = Symbol("woken");

export function wakeable(clock: Clock): Wakeable {
  let rung = false;
  let sleeper: AbortController | undefined;
  return {
    wake: () => {
      rung = true;
      sleeper?.abort(woken);
    },
    wait: async (ms, signal) => {
      if (!rung && !signal.aborted) {
        sleeper = new AbortController();
        await clock.sleep(ms, AbortSignal.any([sleeper.signal, signal])).catch(() => undefined);
        sleeper = undefined;
      }
      rung = false;
    },
  };
}
