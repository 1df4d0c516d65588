/** One PostgreSQL cluster with all that was seen of it: what every check looks at. Pure. */
import type { Reading } from "../../status/facts.ts";
import type { ArchiverFacts, ClusterBackupFacts, Listing, PluginFacts, StoreProbe } from "../facts.ts";
import { noBackups, type BackupsOf } from "../gather/backup-book.ts";
import { timeOfBackup } from "../records/backup.ts";
import type { DatabaseRecord, InTreeStore, PluginUse } from "../records/database.ts";
import type { ObjectStoreRecord, RecoveryWindow } from "../records/object-store.ts";
import type { PodState } from "../records/plugin.ts";
import type { ScheduleRecord } from "../records/schedule.ts";

/** Something that was looked at, or could not be: then `error` says why. */
export type Seen<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly error: string };

export type Method =
  | { readonly kind: "plugin"; readonly use: PluginUse }
  | { readonly kind: "in-tree"; readonly store: InTreeStore }
  | { readonly kind: "snapshots" }
  | { readonly kind: "nothing" };

export interface Subject {
  readonly database: DatabaseRecord;
  readonly method: Method;
  readonly schedules: Seen<readonly ScheduleRecord[]>;
  readonly backups: Seen<BackupsOf>;
  /** The ObjectStore that the plugin is to use; `missing` when it is not there, `uninstalled` when its kind is not served. */
  readonly store: Seen<ObjectStoreRecord | "missing" | "uninstalled"> | undefined;
  /** The plugin that backs it up; `missing` when the operator has no Service to find it by. */
  readonly plugin: Seen<PluginFacts | "missing"> | undefined;
  readonly instances: Seen<readonly PodState[]>;
  /** `undefined`: nobody was to ask. */
  readonly archiver: Seen<ArchiverFacts> | undefined;
  readonly probe: StoreProbe | undefined;
}

/** The subjects of one Kubernetes cluster; none when its PostgreSQL clusters could not be listed. */
export function subjectsOf(facts: ClusterBackupFacts): readonly Subject[] {
  const databases = facts.databases.ok && facts.databases.value !== "absent" ? facts.databases.value : [];
  const schedules = byDatabase(facts.schedules);
  const instances = seen(facts.instances);
  const pods = instances.known
    ? Map.groupBy(instances.value, (pod) => `${pod.namespace}/${pod.labels["cnpg.io/cluster"] ?? ""}`)
    : new Map<string, PodState[]>();
  const stores = storesByName(facts.stores);
  return databases.map((database) => {
    const key = `${database.namespace}/${database.name}`;
    const method = methodOf(database);
    const archiver = facts.archivers.get(key);
    return {
      database,
      method,
      schedules: schedules.known ? { known: true, value: schedules.value.get(key) ?? [] } : schedules,
      backups: backupsOf(facts.backups, key),
      store: method.kind === "plugin" ? storeOf(database, method.use, stores) : undefined,
      plugin: method.kind === "plugin" ? pluginOf(method.use, facts.plugins) : undefined,
      instances: instances.known ? { known: true, value: pods.get(key) ?? [] } : instances,
      archiver: archiver === undefined ? undefined : seen(archiver),
      probe: method.kind === "plugin" ? facts.probes.get(`${database.namespace}/${method.use.objectStore ?? ""}`) : undefined,
    };
  });
}

/** What the plugin's catalogue says of this cluster; `undefined` when it cannot be told. */
export function catalogueOf({ method, store, database }: Subject): RecoveryWindow | undefined {
  if (method.kind === "plugin") return store?.known === true && typeof store.value !== "string" ? store.value.windows.get(method.use.serverName) : undefined;
  const { firstRecoverabilityPoint, lastSuccessfulBackup, lastFailedBackup } = database;
  return firstRecoverabilityPoint === undefined && lastSuccessfulBackup === undefined && lastFailedBackup === undefined
    ? undefined
    : { firstRecoverabilityPoint, lastSuccessfulBackup, lastFailedBackup };
}

/**
 * The catalogue follows a Backup when it is looked through the next time: the plugin does so each half hour unless it is told otherwise, and the operator takes
 * minutes for its own.
 */
export const catalogueLagsMs = 3_600_000;

/** When the newest Backup was completed, as long as the catalogue need not know of it yet. */
export function freshBackup({ backups }: Subject, now: number): number | undefined {
  const newest = backups.known ? backups.value.newestGood : undefined;
  const at = newest === undefined ? undefined : timeOfBackup(newest);
  return at !== undefined && now - at <= catalogueLagsMs ? at : undefined;
}

/** `plugin barman-cloud`, `in-tree`, … */
export function methodName(method: Method): string {
  switch (method.kind) {
    case "plugin":
      return `plugin ${method.use.name.split(".")[0] ?? method.use.name}`;
    case "in-tree":
      return "in-tree";
    case "snapshots":
      return "volume snapshots";
    case "nothing":
      return "nothing";
    default:
      return method satisfies never;
  }
}

/** The plugin comes first: CloudNativePG does not take both for WAL. */
function methodOf(database: DatabaseRecord): Method {
  if (database.plugin !== undefined) return { kind: "plugin", use: database.plugin };
  if (database.inTree !== undefined) return { kind: "in-tree", store: database.inTree };
  return database.snapshots ? { kind: "snapshots" } : { kind: "nothing" };
}

export function seen<T>(reading: Reading<T>): Seen<T> {
  return reading.ok ? { known: true, value: reading.value } : { known: false, error: reading.error };
}

function backupsOf(reading: ClusterBackupFacts["backups"], key: string): Seen<BackupsOf> {
  const read = seen(reading);
  if (!read.known) return read;
  if (read.value === "absent") return { known: false, error: "the cluster serves no Backups (postgresql.cnpg.io/v1)" };
  return { known: true, value: read.value.get(key) ?? noBackups };
}

function byDatabase(listing: Listing<ScheduleRecord>): Seen<ReadonlyMap<string, readonly ScheduleRecord[]>> {
  const read = seen(listing);
  if (!read.known) return read;
  if (read.value === "absent") return { known: false, error: "the cluster serves no ScheduledBackups (postgresql.cnpg.io/v1)" };
  return { known: true, value: Map.groupBy(read.value, ({ namespace, database }) => `${namespace}/${database}`) };
}

type Stores = Seen<ReadonlyMap<string, ObjectStoreRecord> | "absent">;

function storesByName(listing: Listing<ObjectStoreRecord>): Stores {
  const read = seen(listing);
  if (!read.known || read.value === "absent") return read.known ? { known: true, value: "absent" } : read;
  return { known: true, value: new Map(read.value.map((store) => [`${store.namespace}/${store.name}`, store])) };
}

function storeOf({ namespace }: DatabaseRecord, { objectStore }: PluginUse, stores: Stores): NonNullable<Subject["store"]> {
  if (!stores.known) return stores;
  if (stores.value === "absent") return { known: true, value: "uninstalled" };
  return { known: true, value: stores.value.get(`${namespace}/${objectStore ?? ""}`) ?? "missing" };
}

/** Of several Services of one plugin the one with a pod that is ready. */
function pluginOf({ name }: PluginUse, reading: ClusterBackupFacts["plugins"]): NonNullable<Subject["plugin"]> {
  const read = seen(reading);
  if (!read.known) return read;
  const found = read.value.filter((each) => each.plugin === name);
  const value = found.find((each) => each.pods?.some((pod) => pod.ready && !pod.going) ?? false) ?? found[0] ?? "missing";
  return typeof value !== "string" && value.error !== undefined ? { known: false, error: value.error } : { known: true, value };
}
