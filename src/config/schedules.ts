/** What the file says of schedules, as the parts that use it want it. */
import { scheduleNames, type ScheduleName } from "../schedule/names.ts";
import type { GivenSchedules } from "./schema/schedules.ts";

export interface ScheduleSettings {
  /** The room that is told: a short name. `undefined` when there is no room at all. */
  readonly room: string | undefined;
  readonly times: readonly { readonly name: ScheduleName; readonly cron: string; readonly enabled: boolean }[];
  readonly makeUpWithinMs: number;
  /** A node that uses a larger share of its allocatable memory for longer than `forMs` is short of it. */
  readonly memory: { readonly over: number; readonly forMs: number };
}

/** @param firstRoom where nothing else is said */
export function settleSchedules(given: GivenSchedules, firstRoom: string | undefined): ScheduleSettings {
  return {
    room: given.room ?? firstRoom,
    times: scheduleNames.map((name) => ({ name, ...given[name] })),
    makeUpWithinMs: given.makeUpWithin,
    memory: { over: given.memory.over, forMs: given.memory.for },
  };
}
