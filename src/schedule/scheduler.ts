/** Fires what is due, each due time once: also with several instances, restarts, and clocks that jump. */
import type { Clock } from "../clock.ts";
import type { ScheduleRecord } from "../store/schedule-store.ts";
import type { Store } from "../store/store.ts";
import type { Wakeable } from "../wakeable.ts";
import { createAttend } from "./attend.ts";
import { cronReadings } from "./cron.ts";
import { nextDue } from "./due.ts";
import { createRuns, type RunsNeeds } from "./runs.ts";
import type { JobResult, Schedule } from "./schedule.ts";

export interface SchedulerNeeds extends RunsNeeds {
  /** Of the moment: another list counts from the next look. Names are unique. */
  readonly schedules: () => readonly Schedule[];
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Rung when the list of schedules changed. */
  readonly bell: Wakeable;
  /** How often it is looked whether a clock jumped, a store came back. */
  readonly lookEveryMs?: number;
}

export interface ScheduleState {
  readonly schedule: Schedule;
  readonly record: ScheduleRecord | undefined;
  readonly running: boolean;
  /** `undefined` when it is not due any more, or not enabled. */
  readonly nextAt: number | undefined;
  /** What is wrong with its cron expression. */
  readonly mistake: string | undefined;
}

export type HandStart = { readonly kind: "started"; readonly ended: Promise<JobResult | undefined> } | { readonly kind: "running" | "unknown" | "not acting" };

export interface Scheduler {
  /**
   * Runs until `signal` aborts, and then until the runs under way have ended, each within its deadline. Only for the instance with the lease.
   * @param abandon ends those too, at once: another instance may act, or there is no more time
   */
  readonly run: (signal: AbortSignal, abandon: AbortSignal) => Promise<void>;
  readonly states: () => Promise<readonly ScheduleState[]>;
  /** Begins a run now, whatever is due. */
  readonly startByHand: (name: string) => Promise<HandStart>;
}

const usualLookMs = 15_000;
const leastWaitMs = 100;
const afterFaultMs = 2000;

export function createScheduler(needs: SchedulerNeeds): Scheduler {
  const { schedules, store, clock, log, bell, lookEveryMs = usualLookMs } = needs;
  const runs = createRuns(needs);
  const read = cronReadings();
  const attend = createAttend({ ...needs, runs, read });
  let acting: { readonly abandon: AbortSignal } | undefined;

  /** When to look again, at the latest. */
  const look = async (abandon: AbortSignal): Promise<number> => {
    const list = schedules();
    const records = new Map((await store.read.schedules()).map((each) => [each.name, each]));
    let until = clock.now() + lookEveryMs;
    for (const schedule of list) {
      try {
        until = Math.min(until, (await attend(schedule, records.get(schedule.name), abandon)) ?? until);
      } catch (error) {
        if (abandon.aborted) return until;
        log.error({ err: error, schedule: schedule.name }, "a schedule could not be looked at; it is tried again");
        until = Math.min(until, clock.now() + afterFaultMs);
      }
      records.delete(schedule.name);
    }
    // What the configuration names no more is forgotten, but not in the middle of a run.
    const gone = [...records.keys()].filter((name) => !runs.has(name));
    if (gone.length > 0)
      await store.write(async (tx) => {
        for (const name of gone) await tx.deleteSchedule(name);
      });
    return until;
  };

  return {
    run: async (signal, abandon) => {
      acting = { abandon };
      const over = AbortSignal.any([signal, abandon]);
      try {
        while (!over.aborted) {
          let until = clock.now() + afterFaultMs;
          try {
            until = await look(abandon);
          } catch (error) {
            if (!abandon.aborted) log.error({ err: error }, "schedules could not be looked at; it is tried again");
          }
          await bell.wait(Math.max(leastWaitMs, until - clock.now()), over);
        }
      } finally {
        acting = undefined;
        await runs.settled();
      }
    },
    states: async () => {
      const records = new Map((await store.read.schedules()).map((each) => [each.name, each]));
      return await Promise.all(
        schedules().map(async (schedule): Promise<ScheduleState> => {
          const record = records.get(schedule.name);
          const reading = await read(schedule.cron);
          const after = Math.max(clock.now(), record?.lastDueAt ?? 0);
          return {
            schedule,
            record,
            running: runs.has(schedule.name),
            nextAt: reading.ok && schedule.enabled ? nextDue(reading.times, schedule.timeZone, after) : undefined,
            mistake: reading.ok ? undefined : reading.why,
          };
        }),
      );
    },
    startByHand: async (name) => {
      const schedule = schedules().find((each) => each.name === name);
      if (schedule === undefined) return { kind: "unknown" };
      if (acting === undefined) return { kind: "not acting" };
      const started = await runs.start(schedule, { due: { at: clock.now(), late: false, byHand: true }, version: undefined, missed: [] }, acting.abandon);
      return started === undefined ? { kind: "running" } : { kind: "started", ended: started.ended };
    },
  };
}
