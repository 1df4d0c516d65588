/** A backup that never ends: it looks like work, and is none. Pure. */
import { duration } from "../../chat/render/units.ts";
import type { BackupRecord } from "../records/backup.ts";
import type { Check } from "../verdict.ts";
import { explain } from "./cause.ts";
import { check, unseen, type Measure } from "./judging.ts";
import { pluginStateOf } from "./plugin-state.ts";
import type { Subject } from "./subject.ts";

export function judgeRunning(subject: Subject, measure: Measure): Check | undefined {
  const { backups, method } = subject;
  if (!backups.known) return unseen("running", "its Backups", backups.error);
  const checks = backups.value.unfinished.map((each) => judgeOne(each, subject, measure));
  const worst = checks.find((each) => each.state === "failed") ?? checks.find((each) => each.state === "unknown") ?? checks[0];
  if (worst !== undefined) return worst;
  return method.kind === "nothing" ? undefined : check("running", "ok", "none is under way");
}

function judgeOne(backup: BackupRecord, subject: Subject, { limits, now }: Measure): Check {
  const { name, phase, createdAt, startedAt, pod, error } = backup;
  const begun = createdAt ?? startedAt;
  const ageMs = begun === undefined ? undefined : Math.max(0, now - begun);
  const blocks = backup.schedule === undefined ? "no other is begun meanwhile" : `it holds up the ScheduledBackup ${backup.schedule}`;
  const remedy = `Mend the cause, then delete Backup ${name}`;
  const failed = (why: string, what = remedy): Check => check("running", "failed", `Backup ${name} ${why}`, { remedy: what, ageMs });
  const since = ageMs === undefined ? "since nobody knows when" : `for ${duration(ageMs)}`;

  if (phase === "invalid backup definition")
    return failed(`is defined wrongly and never ends: ${explain(error, subject.probe).words}`, `Delete Backup ${name}`);
  if (phase === "walArchivingFailing") {
    const { words } = explain(error ?? subject.database.archiving?.message, subject.probe);
    return failed(`waits ${since} because WAL is not archived: ${words}`);
  }
  const waits = phase === undefined || phase === "pending" || phase === "new";
  const plugin = backup.method === "plugin" ? pluginStateOf(subject) : undefined;
  if (plugin?.kind === "stopped" || plugin?.kind === "uninstalled")
    return failed(
      `${waits ? "is begun by nobody" : "never ends"}: ${plugin.words}; ${blocks}`,
      `${plugin.remedy}; then delete Backup ${name} if it does not go on`,
    );
  if (!waits && pod !== undefined && subject.instances.known && !subject.instances.value.some((each) => each.name === pod))
    return failed(`never ends: its instance ${pod} is gone; ${blocks}`, `Delete Backup ${name}; the next one is taken from another instance`);
  if (ageMs === undefined) return check("running", "unknown", `Backup ${name} is under way, nobody knows since when`);
  const primary = subject.instances.known ? undefined : " (its pods could not be read)";
  if (waits && ageMs > limits.longestPendingMs) {
    const why = phase === undefined ? "has been begun by nobody" : "has waited";
    return failed(
      `${why} ${since}${primary ?? ""}; ${blocks}`,
      `See whether the operator${backup.method === "plugin" ? " and the plugin run" : " runs"}; then delete Backup ${name}`,
    );
  }
  if (!waits && ageMs > limits.longestBackupMs)
    return failed(
      `has been ${phase} ${since}${primary ?? ""}; ${blocks}`,
      `See the log of its instance${pod === undefined ? "" : ` ${pod}`}; then delete Backup ${name}`,
    );
  return check("running", "ok", `Backup ${name} is ${phase ?? "not begun"} ${since}`, { ageMs });
}
