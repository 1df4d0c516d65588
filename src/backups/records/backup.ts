/** A CloudNativePG `Backup`: one base backup, or the try of one. */
import { field, isList, textOf, textsOf } from "../../kubernetes/json.ts";
import { clipped, createdAtOf, isGoing, placeOf, worded, type Place } from "./object.ts";
import { instantOf } from "./times.ts";

export interface BackupRecord extends Place {
  /** The PostgreSQL cluster's name, in the same namespace. */
  readonly database: string;
  /** `plugin`, `barmanObjectStore`, `volumeSnapshot`. */
  readonly method: string;
  readonly plugin: string | undefined;
  /** As the operator writes it; `undefined` before anybody has begun, and for ever when nobody does. */
  readonly phase: string | undefined;
  readonly createdAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly stoppedAt: number | undefined;
  readonly error: string | undefined;
  /** The ScheduledBackup that made it. */
  readonly schedule: string | undefined;
  /** The instance that it is taken from. */
  readonly pod: string | undefined;
  readonly going: boolean;
}

/** CloudNativePG's `IsDone`: completed and failed alone are ends; everything else is still under way to it, whatever it is called. */
export type BackupEnd = "good" | "failed" | "none";

export function endOf({ phase }: Pick<BackupRecord, "phase">): BackupEnd {
  return phase === "completed" ? "good" : phase === "failed" ? "failed" : "none";
}

/** When it ended, or the nearest to that which is known. */
export function timeOfBackup({ stoppedAt, startedAt, createdAt }: Pick<BackupRecord, "stoppedAt" | "startedAt" | "createdAt">): number | undefined {
  return stoppedAt ?? startedAt ?? createdAt;
}

export function backupRecord(item: unknown): BackupRecord | undefined {
  const place = placeOf(item);
  const spec = field(item, "spec");
  const database = worded(field(field(spec, "cluster"), "name"));
  if (place === undefined || database === undefined) return undefined;
  const status = field(item, "status");
  const labels = textsOf(field(field(item, "metadata"), "labels"));
  return {
    ...place,
    database,
    method: worded(field(spec, "method")) ?? worded(field(status, "method")) ?? "barmanObjectStore",
    plugin: worded(field(field(spec, "pluginConfiguration"), "name")),
    phase: worded(field(status, "phase")),
    createdAt: createdAtOf(item),
    startedAt: instantOf(field(status, "startedAt")),
    stoppedAt: instantOf(field(status, "stoppedAt")),
    error: errorOf(status),
    schedule: worded(labels["cnpg.io/scheduled-backup"]) ?? ownerOf(item),
    pod: worded(field(field(status, "instanceID"), "podName")),
    going: isGoing(item),
  };
}

/** What the command said is more than that it failed. */
function errorOf(status: unknown): string | undefined {
  const error = clipped(field(status, "error"));
  const command = clipped(field(status, "commandError"));
  if (error === undefined || command === undefined) return error ?? command;
  return error.includes(command) ? error : `${error}: ${command}`;
}

function ownerOf(item: unknown): string | undefined {
  const owners = field(field(item, "metadata"), "ownerReferences");
  const owner = isList(owners) ? owners.find((each) => field(each, "kind") === "ScheduledBackup") : undefined;
  return textOf(field(owner, "name"));
}
