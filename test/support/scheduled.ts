/** A scheduler on a real store with a clock that stands still until it is moved, and what it did. */
import { silentLog } from "../../src/observe/log.ts";
import { loadCron } from "../../src/schedule/cron.ts";
import type { Due, JobResult, Schedule } from "../../src/schedule/schedule.ts";
import { createScheduler, type Scheduler } from "../../src/schedule/scheduler.ts";
import type { Trouble } from "../../src/schedule/trouble.ts";
import type { Store } from "../../src/store/store.ts";
import { wakeable, type Wakeable } from "../../src/wakeable.ts";
import type { ManualClock } from "./manual-clock.ts";

// However long a slow machine takes to load it, no clock of a test is moved meanwhile.
await loadCron();

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Daily at nine, UTC, made up within two hours; its job ends at once and says ok. */
export function daily(changes: Partial<Schedule> = {}): Schedule {
  return {
    name: "daily",
    describe: "says that it is nine",
    cron: "0 9 * * *",
    timeZone: "UTC",
    makeUpWithinMs: 2 * hour,
    jitterMs: 0,
    deadlineMs: 30 * minute,
    enabled: true,
    job: async () => ({ outcome: "ok", words: "it is nine" }),
    ...changes,
  };
}

export interface Scheduled {
  readonly scheduler: Scheduler;
  readonly bell: Wakeable;
  /** Committed with what it tells of. */
  readonly told: Trouble[];
  readonly ran: (readonly [name: string, outcome: string, seconds: number | undefined])[];
  /** Ends the loop; the runs under way go on. */
  readonly drain: () => void;
  /** Ends them too. */
  readonly abandon: () => void;
  readonly ended: Promise<void>;
}

export function scheduled(store: Store, clock: ManualClock, schedules: () => readonly Schedule[], random: () => number = () => 0): Scheduled {
  const told: Trouble[] = [];
  const ran: Scheduled["ran"] = [];
  const bell = wakeable(clock);
  const scheduler = createScheduler({
    schedules,
    store,
    clock,
    random,
    log: silentLog,
    bell,
    onTrouble: async (_, trouble) => void told.push(trouble),
    onRan: (...run) => ran.push(run),
    // It wakes for what is due; looking every few seconds would only make the tests slow.
    lookEveryMs: 10 * minute,
  });
  const drained = new AbortController();
  const abandoned = new AbortController();
  const ended = scheduler.run(drained.signal, abandoned.signal);
  return { scheduler, bell, told, ran, ended, drain: () => drained.abort(), abandon: () => abandoned.abort() };
}

/** A job that notes what it was begun for, and takes `ms` of `clock`. */
export function noting(clock: ManualClock, ms = 0): { readonly begun: Due[]; readonly job: Schedule["job"] } {
  const begun: Due[] = [];
  return {
    begun,
    job: async (due, signal): Promise<JobResult> => {
      begun.push(due);
      if (ms > 0) await clock.sleep(ms, signal);
      return { outcome: "ok", words: `run ${begun.length}` };
    },
  };
}
