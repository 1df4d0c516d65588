/** A CloudNativePG `ScheduledBackup`. */
import { field, textOf } from "../../kubernetes/json.ts";
import { clipped, createdAtOf, placeOf, worded, type Place } from "./object.ts";
import { instantOf } from "./times.ts";

export interface ScheduleRecord extends Place {
  readonly database: string;
  /** As it is written; `undefined` when there is none. */
  readonly schedule: string | undefined;
  readonly suspended: boolean;
  readonly immediate: boolean;
  readonly method: string;
  readonly plugin: string | undefined;
  /** Who owns the Backups that it makes: `none`, `self`, `cluster`. */
  readonly owner: string;
  readonly createdAt: number | undefined;
  /** When the operator last looked at it. */
  readonly lastCheckAt: number | undefined;
  /** When it last made a Backup, which says nothing of how that went. */
  readonly lastFiredAt: number | undefined;
  readonly nextAt: number | undefined;
  readonly error: string | undefined;
}

export function scheduleRecord(item: unknown): ScheduleRecord | undefined {
  const place = placeOf(item);
  const spec = field(item, "spec");
  const database = worded(field(field(spec, "cluster"), "name"));
  if (place === undefined || database === undefined) return undefined;
  const status = field(item, "status");
  return {
    ...place,
    database,
    schedule: textOf(field(spec, "schedule"))?.slice(0, 600),
    suspended: field(spec, "suspend") === true,
    immediate: field(spec, "immediate") === true,
    method: worded(field(spec, "method")) ?? "barmanObjectStore",
    plugin: worded(field(field(spec, "pluginConfiguration"), "name")),
    owner: worded(field(spec, "backupOwnerReference")) ?? "none",
    createdAt: createdAtOf(item),
    lastCheckAt: instantOf(field(status, "lastCheckTime")),
    lastFiredAt: instantOf(field(status, "lastScheduleTime")),
    nextAt: instantOf(field(status, "nextScheduleTime")),
    error: clipped(field(status, "error")),
  };
}
