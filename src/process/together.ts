/** Loops that live and die together. */
import type { Clock } from "../clock.ts";
import { asError } from "../errors.ts";

/** Starts all; when one ends with an error the others are aborted and awaited, and the error is thrown. */
export async function together(loops: readonly ((signal: AbortSignal) => Promise<void>)[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const all = AbortSignal.any([signal, failed.signal]);
  const results = await Promise.allSettled(
    loops.map(async (loop) => {
      try {
        await loop(all);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  const first = results.find((each) => each.status === "rejected");
  if (first === undefined) return;
  throw failed.signal.aborted ? asError(failed.signal.reason) : asError(first.reason);
}

/** Resolves when `signal` aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Runs `work`; its signal aborts `ms` after `drain` does, if it still runs then. */
export async function withPatience(clock: Clock, drain: AbortSignal, ms: number, work: (abandon: AbortSignal) => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const abandon = new AbortController();
  const waiting = (async () => {
    await Promise.race([aborted(drain), aborted(ended.signal)]);
    await clock.sleep(ms, ended.signal);
    abandon.abort(new Error("there was no more time"));
  })().catch(() => undefined);
  try {
    await work(abandon.signal);
  } finally {
    ended.abort();
    await waiting;
  }
}
