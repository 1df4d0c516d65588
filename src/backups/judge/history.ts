/** Whether the Backup objects outlive what made them: they are what is known of the past. Pure. */
import type { Check } from "../verdict.ts";
import { check, unseen } from "./judging.ts";
import type { Subject } from "./subject.ts";

export function judgeHistory({ schedules, backups }: Subject): Check | undefined {
  if (!schedules.known) return unseen("history", "its ScheduledBackups", schedules.error);
  if (!backups.known) return unseen("history", "its Backups", backups.error);
  if (schedules.value.length === 0) return undefined;
  const self = schedules.value.find((each) => each.owner === "self");
  if (self === undefined) return check("history", "ok", "Backup objects outlive their ScheduledBackup");
  return check("history", "late", `who deletes or recreates the ScheduledBackup ${self.name} deletes all its Backup objects`, {
    remedy: "Set backupOwnerReference: cluster (or none) on it",
  });
}
