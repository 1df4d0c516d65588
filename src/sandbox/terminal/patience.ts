/** Waiting for something to become true. */
import type { Clock } from "../../clock.ts";

export interface Patience {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** How long the room stays quiet, with the bot idle, before it is taken to be done. */
export const quietMs = 300;

const lookEveryMs = 25;

/** False when it did not become true in time, or `signal` aborted. */
export async function waitUntil(is: () => Promise<boolean>, { clock, until, signal }: Patience): Promise<boolean> {
  while (!signal.aborted) {
    if (await is()) return true;
    if (clock.now() >= until) return false;
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
  return false;
}
