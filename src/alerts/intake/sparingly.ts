/** For the log: what happens a thousand times a second is said now and then, with how often it happened. */
import type { Clock } from "../../clock.ts";

/** Says the first, and then one in `everyMs`; `times` counts those since what was said last. */
export function sparingly<Subject>(clock: Pick<Clock, "now">, everyMs: number, say: (subject: Subject, times: number) => void): (subject: Subject) => void {
  let saidAt = -Infinity;
  let times = 0;
  return (subject) => {
    times += 1;
    const now = clock.now();
    if (now - saidAt < everyMs) return;
    saidAt = now;
    say(subject, times);
    times = 0;
  };
}
