/** The last good base backup against its schedule. Pure. */
import { duration } from "../../chat/render/units.ts";
import { previousDue } from "../cron/due.ts";
import { readSchedule } from "../cron/read.ts";
import { timeOfBackup } from "../records/backup.ts";
import type { Check } from "../verdict.ts";
import { explain } from "./cause.ts";
import { check, clocksDifferMs, unseen, type Measure } from "./judging.ts";
import { catalogueOf, freshBackup, type Subject } from "./subject.ts";

export function judgeBase(subject: Subject, measure: Measure): Check {
  const { database, method, backups, store, schedules } = subject;
  const { now } = measure;
  if (method.kind === "nothing") {
    const remedy = "Give it an ObjectStore and the Barman Cloud plugin, and a ScheduledBackup (docs/backups.md); or name it under `backups.ignore`";
    return check("base", "never", "no backup is configured: neither a plugin nor spec.backup", { remedy });
  }
  if (!backups.known) return unseen("base", "its Backups", backups.error);
  if (store?.known === false) return unseen("base", "its ObjectStore", store.error);
  const last = lastGood(subject, now);
  const failed = newestFailure(subject);
  const ageMs = last === undefined ? undefined : now - last;
  if (last !== undefined && last > now + clocksDifferMs)
    return check("base", "unknown", `its last base backup is ${duration(last - now)} in the future: clocks differ`, { remedy: "Set the clocks right" });
  if (database.hibernated)
    return check(
      "base",
      "disabled",
      ageMs === undefined ? "it is hibernated, and has no base backup" : `it is hibernated; its last base backup is ${duration(ageMs)} old`,
      { ageMs },
    );
  if (failed !== undefined && (last === undefined || failed.at > last)) {
    const { words, remedy } = explain(failed.message, subject.probe);
    const since = last === undefined ? "none has ever succeeded" : `the last good one is ${duration(now - last)} old`;
    return check("base", "failed", `the last base backup failed ${duration(now - failed.at)} ago: ${words}; ${since}`, { remedy, ageMs });
  }
  if (last === undefined || ageMs === undefined) {
    const running = backups.value.unfinished.length > 0;
    return check("base", "never", `there is no base backup yet${running ? "; one is under way" : ""}`, {
      remedy: running ? undefined : "Begin one: !backup run",
    });
  }
  if (!schedules.known) return unseen("base", "its ScheduledBackups", schedules.error);
  const late = latenessOf(subject, last, measure);
  if (late !== undefined)
    return check("base", "late", `the last base backup is ${duration(ageMs)} old; ${late}`, {
      remedy: "See the other checks for why; !backup run makes one now",
      ageMs,
    });
  return check("base", "ok", `${duration(ageMs)} old`, { ageMs });
}

/**
 * When the newest base backup ended that one could restore: what the catalogue says counts more than the Backup objects, but for those that it has not heard of
 * yet.
 */
export function lastGood(subject: Subject, now: number): number | undefined {
  const { backups, method } = subject;
  const catalogue = method.kind === "snapshots" ? undefined : catalogueOf(subject)?.lastSuccessfulBackup;
  if (catalogue !== undefined) return Math.max(catalogue, freshBackup(subject, now) ?? catalogue);
  const newest = backups.known ? backups.value.newestGood : undefined;
  return newest === undefined ? undefined : timeOfBackup(newest);
}

/** The newest of what the Backup objects, the catalogue and the cluster's own condition say: each of them is blind to something. */
function newestFailure(subject: Subject): { readonly at: number; readonly message: string | undefined } | undefined {
  const { backups, method, database } = subject;
  const record = backups.known ? backups.value.newestFailed : undefined;
  const seenAt = record === undefined ? undefined : timeOfBackup(record);
  const told = method.kind === "snapshots" ? undefined : catalogueOf(subject)?.lastFailedBackup;
  const { lastBackup } = database;
  const condition = lastBackup?.status === "False" && lastBackup.reason === "LastBackupFailed" ? lastBackup : undefined;
  const at = Math.max(seenAt ?? 0, told ?? 0, condition?.since ?? 0);
  return at === 0 ? undefined : { at, message: record?.error ?? condition?.message };
}

/** Why it is late, in words; `undefined` when it is in time. */
function latenessOf({ schedules, backups }: Subject, last: number, { limits, now, zone }: Measure): string | undefined {
  const { graceMs, longestPeriodMs } = limits;
  if (now - last > longestPeriodMs + graceMs) return `at least every ${duration(longestPeriodMs)} is wanted`;
  // A backup that was begun in time and took long is not late.
  const begun = backups.known ? (backups.value.newestGood?.startedAt ?? last) : last;
  const from = begun <= last ? begun : last;
  for (const each of schedules.known ? schedules.value : []) {
    if (each.suspended || each.schedule === undefined) continue;
    const read = readSchedule(each.schedule, now - graceMs, zone);
    if (!read.ok) continue;
    if (read.schedule.kind === "every") {
      if (now - last > read.schedule.everyMs + graceMs) return `${each.name} makes one every ${duration(read.schedule.everyMs)}`;
      continue;
    }
    const due = previousDue(read.schedule, now - graceMs, zone);
    const before = due === undefined ? undefined : previousDue(read.schedule, due - 1000, zone);
    if (due === undefined || before === undefined) continue;
    // Before the schedule was made it owed nothing.
    const owed = each.createdAt === undefined || due > each.createdAt;
    if (owed && from < due && now - last > due - before + graceMs) return `${each.name} was to make one ${duration(now - due)} ago`;
  }
  return undefined;
}
