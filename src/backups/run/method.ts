/** How a base backup of a PostgreSQL cluster is made: as its ScheduledBackup says, where the cluster can do that. Pure. */
import { field, textOf } from "../../kubernetes/json.ts";
import { isObject } from "../../json.ts";
import type { Refusal } from "../acting/needs.ts";
import type { DatabaseRecord } from "../records/database.ts";
import type { ScheduleRecord } from "../records/schedule.ts";

export type MethodName = "plugin" | "barmanObjectStore" | "volumeSnapshot";

/** A Backup's spec without the cluster. */
export interface Method {
  readonly method: MethodName;
  readonly target: "primary" | "prefer-standby";
  readonly pluginConfiguration?: { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> };
  /** Of volume snapshots. */
  readonly online?: boolean;
  readonly onlineConfiguration?: Readonly<Record<string, unknown>>;
}

export interface Schedule {
  readonly record: ScheduleRecord;
  /** All of it, as the API gave it. */
  readonly object: unknown;
}

/** @param object the Cluster as the API gave it */
export function methodFor(database: DatabaseRecord, object: unknown, schedules: readonly Schedule[]): Method | Refusal {
  const possible = possibleMethods(database);
  const [first] = possible;
  if (first === undefined)
    return {
      refusal: `${database.name} has no way to be backed up: neither a plugin with an object store, nor barmanObjectStore, nor volume snapshots. docs/backups.md has a configuration to paste.`,
    };
  // One that is not suspended before one that is; a schedule may ask for what the cluster has not, which is a trap of its own.
  const order = schedules.toSorted((a, b) => Number(a.record.suspended) - Number(b.record.suspended));
  const schedule = order.find(({ record }) => possible.some((each) => each === record.method));
  const method = possible.find((each) => each === schedule?.record.method) ?? first;
  const of = field(schedule?.object, "spec");
  const target = targetOf(field(of, "target")) ?? targetOf(field(field(field(object, "spec"), "backup"), "target")) ?? "prefer-standby";
  const online = field(of, "online");
  const onlineConfiguration = field(of, "onlineConfiguration");
  return {
    method,
    target,
    ...(method === "plugin" && database.plugin !== undefined ? { pluginConfiguration: pluginConfiguration(database.plugin.name, of) } : {}),
    ...(method === "volumeSnapshot" && typeof online === "boolean" ? { online } : {}),
    ...(method === "volumeSnapshot" && isObject(onlineConfiguration) ? { onlineConfiguration } : {}),
  };
}

/** The best first. */
export function possibleMethods({ plugin, inTree, snapshots }: Pick<DatabaseRecord, "plugin" | "inTree" | "snapshots">): readonly MethodName[] {
  return [
    ...(plugin === undefined ? [] : ["plugin" as const]),
    ...(inTree === undefined ? [] : ["barmanObjectStore" as const]),
    ...(snapshots ? ["volumeSnapshot" as const] : []),
  ];
}

function targetOf(value: unknown): Method["target"] | undefined {
  return value === "primary" || value === "prefer-standby" ? value : undefined;
}

function pluginConfiguration(name: string, schedule: unknown): NonNullable<Method["pluginConfiguration"]> {
  const given = field(schedule, "pluginConfiguration");
  const parameters = field(given, "parameters");
  return textOf(field(given, "name")) === name && isObject(parameters) && Object.keys(parameters).length > 0 ? { name, parameters } : { name };
}
