/** How what is known of a schedule changes. Pure. */
import type { ScheduleRecord } from "../store/schedule-store.ts";
import type { Due, JobResult } from "./schedule.ts";

export type Kept = Omit<ScheduleRecord, "version">;

export function neverRun(name: string, plan: string, lastDueAt: number): Kept {
  return {
    name,
    plan,
    lastDueAt,
    dueAt: undefined,
    byHand: false,
    attempts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    outcome: undefined,
    words: "",
    missed: 0,
    skipped: 0,
  };
}

/** @param missed how many due times before it nobody was there for */
export function begun(record: Kept, due: Due, now: number, missed: number): Kept {
  const again = !due.byHand && !record.byHand && record.dueAt === due.at;
  return {
    ...record,
    lastDueAt: due.byHand ? record.lastDueAt : Math.max(record.lastDueAt, due.at),
    dueAt: due.byHand ? undefined : due.at,
    byHand: due.byHand,
    attempts: again ? record.attempts + 1 : 1,
    startedAt: now,
    finishedAt: undefined,
    outcome: undefined,
    words: "",
    missed: record.missed + missed,
  };
}

export function ended(record: Kept, result: JobResult, now: number): Kept {
  return { ...record, finishedAt: now, outcome: result.outcome, words: result.words };
}

export function cutOff(record: Kept, now: number): Kept {
  return { ...record, finishedAt: now, outcome: "interrupted", words: "cut off by a stop or a restart" };
}

export function passed(record: Kept, why: "missed" | "skipped", times: readonly number[]): Kept {
  return { ...record, lastDueAt: Math.max(record.lastDueAt, ...times.slice(-1)), [why]: record[why] + times.length };
}
