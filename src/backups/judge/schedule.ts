/** Whether there will be a next base backup. Pure. */
import { duration } from "../../chat/render/units.ts";
import { nextDue } from "../cron/due.ts";
import { readSchedule, type ReadSchedule } from "../cron/read.ts";
import type { ScheduleRecord } from "../records/schedule.ts";
import { worstOf, type Check } from "../verdict.ts";
import { check, unseen, type Measure } from "./judging.ts";
import { pluginStateOf } from "./plugin-state.ts";
import type { Subject } from "./subject.ts";

/** The operator looks within seconds; ten minutes late is none of its habits. */
const overdueMs = 10 * 60_000;

export function judgeSchedule(subject: Subject, measure: Measure): Check {
  const { schedules, database, method } = subject;
  if (!schedules.known) return unseen("schedule", "its ScheduledBackups", schedules.error);
  if (database.hibernated) return check("schedule", "disabled", "it is hibernated: nothing is backed up");
  if (schedules.value.length === 0)
    return check("schedule", "failed", "no ScheduledBackup names it: there is no next backup", {
      remedy: `Make a ScheduledBackup with schedule "0 0 3 * * *"${method.kind === "plugin" ? ", method plugin" : ""} (docs/backups.md)`,
    });
  const judged = schedules.value.map((each) => judgeOne(each, subject, measure));
  // One that works is enough to have a next backup, if no other is broken.
  const worst = worstOf(judged.map((each) => each.state));
  const working = judged.filter((each) => each.state === "ok");
  const shown = worst === "disabled" && working.length > 0 ? working[0] : judged.find((each) => each.state === worst);
  return shown ?? check("schedule", "unknown", "nothing could be told of its ScheduledBackups");
}

function judgeOne(each: ScheduleRecord, subject: Subject, measure: Measure): Check {
  const { now, zone } = measure;
  const mismatch = methodMistake(each, subject);
  const read = readSchedule(each.schedule ?? "", now, zone);
  if (each.suspended)
    return check("schedule", "disabled", `${each.name} is suspended: there is no next backup`, {
      remedy: `Set suspend: false on ScheduledBackup ${each.name}`,
    });
  if (!read.ok)
    return check("schedule", "failed", `the schedule "${each.schedule ?? ""}" of ${each.name} is none: ${read.mistake}`, {
      remedy: 'Write six fields, seconds first: "0 0 3 * * *" is daily at 03:00',
    });
  const trap =
    read.trap === undefined
      ? undefined
      : `"${each.schedule ?? ""}" has five fields, of which CloudNativePG takes the first for seconds: it runs ${read.trap.does}`;
  const trapRemedy = read.trap === undefined ? undefined : `Write "${read.trap.meant}"`;
  if (mismatch !== undefined) {
    const also = trap === undefined ? "" : `; also ${trap}`;
    const remedy = [mismatch.remedy, ...(trapRemedy === undefined ? [] : [trapRemedy])].join("; ");
    return check("schedule", "failed", `${each.name} asks for the wrong method: ${mismatch.words}${also}`, { remedy });
  }
  if (each.error !== undefined) return check("schedule", "failed", `${each.name} says: ${each.error}`, { remedy: trapRemedy });
  if (read.next === undefined)
    return check("schedule", "failed", `the schedule "${each.schedule ?? ""}" of ${each.name} fits no day at all: it never fires`, {
      remedy: "Mend its day and month",
    });
  const overdue = overdueBy(each, read, measure);
  if (overdue !== undefined) return overdueCheck(each, overdue, subject, measure);
  if (trap !== undefined) return check("schedule", "late", trap, { remedy: trapRemedy });
  // The operator's own word, where it has given one: it knows its zone.
  const next = each.nextAt !== undefined && each.nextAt > now ? each.nextAt : read.next;
  const first = each.lastFiredAt === undefined ? "fires for the first time" : "next";
  return check("schedule", "ok", `${first} in ${duration(next - now)}`);
}

/**
 * How long it has been due. The operator counts from when it last looked; its own `nextScheduleTime` stays what it was when the schedule is changed, and
 * ours may be off by the zone of its container: what both call due is.
 */
function overdueBy({ lastCheckAt, createdAt, nextAt }: ScheduleRecord, read: ReadSchedule & { readonly ok: true }, { now, zone }: Measure): number | undefined {
  const from = lastCheckAt ?? createdAt;
  const ours = from === undefined ? undefined : nextDue(read.schedule, from, zone);
  if (ours === undefined && nextAt === undefined) return undefined;
  const due = Math.max(ours ?? 0, nextAt ?? 0);
  return now - due > overdueMs ? now - due : undefined;
}

function overdueCheck(each: ScheduleRecord, overdueMs: number, subject: Subject, { now }: Measure): Check {
  const { backups } = subject;
  const stuck = backups.known ? backups.value.unfinished.find((backup) => backup.schedule === each.name) : undefined;
  const never = each.lastFiredAt === undefined;
  const what = never ? `${each.name} has never fired` : `${each.name} has not fired since ${duration(now - (each.lastFiredAt ?? now))} ago`;
  const since = `it was due ${duration(overdueMs)} ago`;
  if (stuck !== undefined)
    return check("schedule", never ? "never" : "failed", `${what}: Backup ${stuck.name} has not ended and holds it up; ${since}`, {
      remedy: `Delete Backup ${stuck.name} once it is certain that nothing works on it`,
    });
  const plugin = pluginStateOf(subject);
  const why = plugin.kind === "stopped" || plugin.kind === "uninstalled" ? `: ${plugin.words}` : ": the operator does not act on it";
  const remedy = "See whether the CloudNativePG operator runs, and what its log says of this ScheduledBackup";
  return check("schedule", never ? "never" : "failed", `${what}${why}; ${since}`, { remedy: "remedy" in plugin ? plugin.remedy : remedy });
}

/** What CloudNativePG would refuse each time. */
function methodMistake({ method, plugin }: ScheduleRecord, { database }: Subject): { readonly words: string; readonly remedy: string } | undefined {
  const right = database.plugin === undefined ? undefined : `Write method: plugin and pluginConfiguration: {name: ${database.plugin.name}}`;
  switch (method) {
    case "plugin":
      if (plugin === undefined) return { words: "method plugin without pluginConfiguration.name", remedy: right ?? "Name the plugin" };
      if (database.plugin?.name === plugin) return undefined;
      return { words: `plugin ${plugin}, which the cluster does not use`, remedy: right ?? "Name the plugin in the cluster's spec.plugins too" };
    case "barmanObjectStore":
      if (database.inTree !== undefined) return undefined;
      return {
        words: "barmanObjectStore, the default, but the cluster has no spec.backup.barmanObjectStore",
        remedy: right ?? "Give the cluster an ObjectStore and the plugin, and write method: plugin",
      };
    case "volumeSnapshot":
      return database.snapshots
        ? undefined
        : { words: "volumeSnapshot, but the cluster has no spec.backup.volumeSnapshot", remedy: right ?? "Configure it, or take another method" };
    default:
      return { words: `${method}, which is not known`, remedy: right ?? "Take plugin, barmanObjectStore or volumeSnapshot" };
  }
}
