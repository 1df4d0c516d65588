/** Whether a base backup may be begun now. Pure. */
import { duration } from "../../chat/render/units.ts";
import type { Refusal } from "../acting/needs.ts";
import type { BackupRecord } from "../records/backup.ts";
import type { DatabaseRecord } from "../records/database.ts";
import type { BackupLimits } from "../settings.ts";

/** @param unfinished Backups of this cluster that have not ended */
export function refuseRun(database: DatabaseRecord, unfinished: readonly BackupRecord[], limits: BackupLimits, now: number): Refusal | undefined {
  const { name } = database;
  if (database.going) return { refusal: `${name} is being deleted.` };
  if (database.hibernated)
    return { refusal: `${name} is hibernated, and cannot be backed up asleep. Wake it first: take the annotation cnpg.io/hibernation away.` };
  if (database.fenced.length > 0 && (database.fenced.includes("*") || database.fenced.includes(database.primary ?? "")))
    return { refusal: `${name} is fenced, so that nothing runs in it. Take the annotation cnpg.io/fencedInstances away first.` };
  const [oldest] = unfinished.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  if (oldest === undefined) return undefined;
  const ageMs = oldest.createdAt === undefined ? undefined : now - oldest.createdAt;
  const waits = oldest.phase === undefined || oldest.phase === "pending";
  const stuck = ageMs !== undefined && ageMs > (waits ? limits.longestPendingMs : limits.longestBackupMs);
  const since = ageMs === undefined ? "" : ` for ${duration(ageMs)}`;
  const state = oldest.phase === undefined ? "has been begun by nobody" : `is ${oldest.phase}`;
  return stuck || oldest.phase === "invalid backup definition" || oldest.phase === "walArchivingFailing"
    ? { refusal: `Backup ${oldest.name} of ${name} ${state}${since}: it hangs, and holds up every other. See !backup ${name}, mend the cause, and delete it.` }
    : { refusal: `Backup ${oldest.name} of ${name} is under way already (${oldest.phase ?? "not begun"}${since}). Wait for its end.` };
}
