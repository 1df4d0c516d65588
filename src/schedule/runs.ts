/** The runs under way in this process: each is recorded before it begins and after it ended, and never two of one schedule. */
import type { Clock } from "../clock.ts";
import type { Log } from "../observe/log.ts";
import { LeaseLost } from "../store/errors.ts";
import type { Store, Writes } from "../store/store.ts";
import { begun, ended, neverRun } from "./record.ts";
import { runJob } from "./run-job.ts";
import type { Due, JobResult, Schedule } from "./schedule.ts";
import { interrupted, missed, type Trouble } from "./trouble.ts";

export interface RunsNeeds {
  readonly store: Pick<Store, "write">;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the room, in the transaction that counts it: once. */
  readonly onTrouble: (tx: Writes, trouble: Trouble) => Promise<void>;
  /** A run ended; seconds it took. `interrupted`: a run of a process before, whose end is not known. */
  readonly onRan: (name: string, outcome: JobResult["outcome"] | "interrupted", seconds: number | undefined) => void;
}

export interface Start {
  readonly due: Due;
  /** Of the record that was looked at; another one means that it is looked at again. `undefined`: whichever it is. */
  readonly version: number | undefined;
  readonly missed: readonly number[];
}

export interface Runs {
  readonly has: (name: string) => boolean;
  /**
   * Records that it begins, and runs it. `undefined` when it runs already, or its record is another one by now.
   * @returns how it went, within; nothing when it was given up
   */
  readonly start: (schedule: Schedule, start: Start, abandon: AbortSignal) => Promise<{ readonly ended: Promise<JobResult | undefined> } | undefined>;
  /** Resolves when none is under way. */
  readonly settled: () => Promise<void>;
}

const retryMs = 2000;

export function createRuns({ store, clock, log, onTrouble, onRan }: RunsNeeds): Runs {
  const running = new Map<string, Promise<unknown>>();

  const recordBegin = async ({ name }: Schedule, { due, version, missed: times }: Start): Promise<boolean> => {
    const begin = await store.write(async (tx) => {
      const now = clock.now();
      const found = await tx.readSchedule(name);
      if (version !== undefined && found?.version !== version) return "changed";
      const record = found ?? neverRun(name, "", now);
      const cut = record.startedAt !== undefined && record.finishedAt === undefined;
      if (!(await tx.saveSchedule(begun(record, due, now, times.length), found?.version ?? 0))) return "changed";
      if (cut) await onTrouble(tx, interrupted(name, record.dueAt, record.dueAt === due.at));
      if (times.length > 0) await onTrouble(tx, missed(name, times, true, now - due.at));
      return cut ? "after another was cut off" : "fresh";
    });
    if (begin === "after another was cut off") onRan(name, "interrupted", undefined);
    return begin !== "changed";
  };

  /** Until it is kept: a run whose end nobody knows of counts as interrupted. */
  const recordEnd = async (name: string, result: JobResult, abandon: AbortSignal): Promise<void> => {
    while (!abandon.aborted) {
      try {
        await store.write(async (tx) => {
          const record = await tx.readSchedule(name);
          // A schedule that was taken out of the configuration meanwhile has none.
          if (record !== undefined) await tx.saveSchedule(ended(record, result, clock.now()), record.version);
        });
        return;
      } catch (error) {
        if (error instanceof LeaseLost) return;
        log.error({ err: error, schedule: name }, "how a schedule's run went could not be kept; it is tried again");
        await clock.sleep(retryMs, abandon).catch(() => undefined);
      }
    }
  };

  const follow = async (schedule: Schedule, due: Due, abandon: AbortSignal): Promise<JobResult | undefined> => {
    const { name } = schedule;
    const startedAt = clock.now();
    const result = await runJob(schedule, due, clock, abandon);
    if (result === undefined) return undefined;
    await recordEnd(name, result, abandon);
    const seconds = Math.max(0, clock.now() - startedAt) / 1000;
    onRan(name, result.outcome, seconds);
    log[result.outcome === "ok" ? "info" : "warn"](
      { schedule: name, due: due.at, late: due.late, byHand: due.byHand, seconds, words: result.words },
      "a schedule ran",
    );
    return result;
  };

  return {
    has: (name) => running.has(name),
    start: async (schedule, start, abandon) => {
      const { name } = schedule;
      if (running.has(name)) return undefined;
      const beginning = recordBegin(schedule, start);
      running.set(
        name,
        beginning.catch(() => undefined),
      );
      let mayRun = false;
      try {
        mayRun = await beginning;
      } finally {
        if (!mayRun) running.delete(name);
      }
      if (!mayRun) return undefined;
      const following = follow(schedule, start.due, abandon).finally(() => running.delete(name));
      following.catch((error: unknown) => log.error({ err: error, schedule: name }, "a schedule's run could not be followed"));
      running.set(name, following);
      return { ended: following };
    },
    settled: async () => {
      while (running.size > 0) await Promise.allSettled(running.values());
    },
  };
}
