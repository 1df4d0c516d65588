/** What is to be done about one schedule now. Pure. */
import type { ScheduleRecord } from "../store/schedule-store.ts";
import type { CronTimes } from "./cron.ts";
import { dueBetween, nextDue } from "./due.ts";
import type { Schedule } from "./schedule.ts";

export type Decision =
  /** Nothing of the past is due: it is new, or its plan is, or the clock was far wrong. */
  | { readonly do: "begin"; readonly plan: string; readonly lastDueAt: number }
  /** A run was cut off: told, and begun again when it may be. */
  | { readonly do: "settle"; readonly again: boolean }
  | { readonly do: "start"; readonly at: number; readonly late: boolean; readonly missed: readonly number[] }
  /** Due times that do not fire, in order. */
  | { readonly do: "pass"; readonly why: "missed" | "skipped"; readonly times: readonly number[] }
  /** @param until when something is next to be done; `undefined` when never */
  | { readonly do: "wait"; readonly until: number | undefined };

export interface Situation {
  readonly schedule: Pick<Schedule, "cron" | "timeZone" | "enabled" | "makeUpWithinMs" | "jitterMs" | "repeatable">;
  /** What its cron expression says. */
  readonly times: CronTimes;
  readonly record: ScheduleRecord | undefined;
  /** A run of it goes on in this process. */
  readonly running: boolean;
  readonly now: number;
  /** When the due time is to be started, once chance has spoken. @param latest at the latest */
  readonly startOf: (dueAt: number, latest: number) => number;
}

/** So late still counts as in time: a restart, a busy minute. */
export const graceMs = 60_000;
/** Counted one by one up to here. */
export const mostCounted = 1000;
/** What a clock went back by is waited for up to here; beyond, it was wrong before. */
export const mostBackMs = 25 * 3_600_000;
/** A job that takes the process down with it is not begun again for ever. */
export const mostAttempts = 3;
/** The jitter leaves so much before the next due time. */
const beforeNextMs = 5000;

export function decide({ schedule, times, record, running, now, startOf }: Situation): Decision {
  const plan = planOf(schedule);
  const { timeZone, makeUpWithinMs, jitterMs } = schedule;
  if (record === undefined) return { do: "begin", plan, lastDueAt: now };
  const backBy = record.lastDueAt - now;
  const samePlan = record.plan === plan;
  const due = samePlan && schedule.enabled ? dueBetween(times, timeZone, record.lastDueAt, now, mostCounted) : [];
  const newest = due.at(-1);

  if (record.startedAt !== undefined && record.finishedAt === undefined && !running) {
    const { dueAt, byHand, attempts } = record;
    const mayBeRunAgain = dueAt !== undefined && !byHand && schedule.repeatable !== false && attempts < mostAttempts && samePlan && schedule.enabled;
    return { do: "settle", again: mayBeRunAgain && newest === undefined && now - dueAt <= Math.max(makeUpWithinMs, graceMs) };
  }
  if (!samePlan || backBy > mostBackMs) return { do: "begin", plan, lastDueAt: backBy > mostBackMs ? now : Math.max(now, record.lastDueAt) };
  if (!schedule.enabled) return { do: "wait", until: undefined };
  if (newest === undefined) return { do: "wait", until: nextDue(times, timeZone, Math.max(now, record.lastDueAt)) };
  if (running) return { do: "pass", why: "skipped", times: due };

  const older = due.slice(0, -1);
  if (now - newest <= jitterMs + graceMs) {
    const next = nextDue(times, timeZone, newest) ?? Number.POSITIVE_INFINITY;
    const startAt = startOf(newest, Math.max(newest, Math.min(newest + jitterMs, next - beforeNextMs)));
    if (now >= startAt) return { do: "start", at: newest, late: false, missed: older };
    return older.length > 0 ? { do: "pass", why: "missed", times: older } : { do: "wait", until: startAt };
  }
  if (now - newest <= makeUpWithinMs) return { do: "start", at: newest, late: true, missed: older };
  return { do: "pass", why: "missed", times: due };
}

/** With another plan a schedule is counted anew. */
export function planOf({ cron, timeZone, enabled }: Pick<Schedule, "cron" | "timeZone" | "enabled">): string {
  return enabled ? `${cron} ${timeZone}` : "off";
}
