/** What the room is told of a schedule that did not run as it should have. */
import { duration } from "../chat/render/units.ts";
import { mostCounted } from "./decide.ts";

/** Told once: the callback that gets it writes in the transaction that counts it. */
export interface Trouble {
  readonly schedule: string;
  readonly kind: "missed" | "interrupted";
  /** The due times, in order; of more than 1,000 the newest. */
  readonly times: readonly number[];
  /** Whether it is run now instead. */
  readonly madeUp: boolean;
  /** One line. */
  readonly words: string;
}

/** @param late by how much the newest is, milliseconds */
export function missed(schedule: string, times: readonly number[], madeUp: boolean, late: number): Trouble {
  const count = times.length >= mostCounted ? `${mostCounted} times or more` : times.length === 1 ? "once" : `${times.length} times`;
  const then = madeUp ? "it is made up now" : `the last of them was due ${duration(late)} ago, too long to make it up`;
  return { schedule, kind: "missed", times, madeUp, words: `schedule ${schedule} was missed ${count} because nobody was there; ${then}` };
}

export function interrupted(schedule: string, dueAt: number | undefined, again: boolean): Trouble {
  const then = again ? "it is begun again" : "it is not begun again by itself";
  return {
    schedule,
    kind: "interrupted",
    times: dueAt === undefined ? [] : [dueAt],
    madeUp: again,
    words: `schedule ${schedule} was interrupted in the middle of a run; ${then}`,
  };
}
