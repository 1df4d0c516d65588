/** A loop that sleeps until somebody has work for it. */
import type { Clock } from "./clock.ts";

export interface Wakeable {
  /** Ends the current wait, or the next one if nobody waits now: a wake is never lost. */
  readonly wake: () => void;
  /** Resolves when woken, after `ms`, or when `signal` aborts. Never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function wakeable(clock: Clock): Wakeable {
  let rung = false;
  let sleeper: AbortController | undefined;
  return {
    wake: () => {
      rung = true;
      sleeper?.abort();
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
