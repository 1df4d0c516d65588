/** A clock whose hands are moved while its sleepers sleep on, as an operating system's is. */
import type { Clock } from "../../src/clock.ts";
import { manualClock } from "./manual-clock.ts";

export interface JumpingClock extends Clock {
  /** Time passes. */
  readonly advance: (ms: number) => Promise<void>;
  /** From now on it shows so much more than the time that has passed; less when below 0. */
  readonly setAhead: (ms: number) => void;
  readonly sleeping: () => number;
}

export function jumpingClock(start: number): JumpingClock {
  const steady = manualClock(start);
  let ahead = 0;
  return {
    ...steady,
    now: () => steady.now() + ahead,
    setAhead: (ms) => {
      ahead = ms;
    },
  };
}
