/** Whether one can go back as far as is wanted. Pure. */
import { duration } from "../../chat/render/units.ts";
import { timeOfBackup } from "../records/backup.ts";
import type { BackupVerdict, Check } from "../verdict.ts";
import { check, clocksDifferMs, unseen, type Measure } from "./judging.ts";
import { catalogueOf, freshBackup, type Subject } from "./subject.ts";

export function judgeWindow(subject: Subject, { limits, now }: Measure): Check | undefined {
  const { database, method, store, backups } = subject;
  if (method.kind === "nothing") return undefined;
  if (store?.known === false) return unseen("window", "its ObjectStore", store.error);
  if (method.kind === "snapshots" && !backups.known) return unseen("window", "its Backups", backups.error);
  const from = windowFrom(subject, now);
  if (from === undefined) {
    if (store?.known === true && typeof store.value === "string") return undefined;
    return check("window", "never", "there is nothing to go back to");
  }
  const ageMs = now - from;
  if (ageMs < -clocksDifferMs)
    return check("window", "unknown", `it begins ${duration(-ageMs)} in the future: clocks differ`, { remedy: "Set the clocks right" });
  const reach = `one can go back ${duration(ageMs)}`;
  if (ageMs >= limits.windowMs) return check("window", "ok", reach, { ageMs });
  const wanted = `${duration(limits.windowMs)} is wanted`;
  // The first base backup of a young cluster: there was nothing before it.
  const young = database.createdAt !== undefined && from - database.createdAt <= limits.longestPeriodMs + limits.graceMs;
  if (young) return check("window", "ok", `${reach}, nearly as long as it exists; ${wanted}`, { ageMs });
  return check("window", "late", `${reach}; ${wanted}`, {
    remedy: "It grows by itself unless the retention is shorter or something deletes base backups",
    ageMs,
  });
}

/** From when on one could restore; `undefined` when that is not known. */
export function windowFrom(subject: Subject, now: number): number | undefined {
  const { method, backups } = subject;
  if (method.kind !== "snapshots") return catalogueOf(subject)?.firstRecoverabilityPoint ?? freshBackup(subject, now);
  const oldest = backups.known ? backups.value.oldestGood : undefined;
  return oldest === undefined ? undefined : timeOfBackup(oldest);
}

/** From when to when; the end is the last WAL known to have got out. */
export function windowOf(subject: Subject, now: number): BackupVerdict["window"] {
  const from = windowFrom(subject, now);
  if (from === undefined) return undefined;
  const { archiver, database } = subject;
  const asked = archiver?.known === true ? archiver.value.lastArchivedAt : undefined;
  // When it turned False, WAL had got out until then.
  const turned = database.archiving?.status === "False" ? database.archiving.since : undefined;
  return { from, to: asked ?? turned };
}
