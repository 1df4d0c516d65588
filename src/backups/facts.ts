/** What is gathered before anything is judged. Each list is a reading of its own, so that a verdict can say what it could not see. */
import type { Reading } from "../status/facts.ts";
import type { BackupBook } from "./gather/backup-book.ts";
import type { OtherFinding } from "./other/finding.ts";
import type { DatabaseRecord } from "./records/database.ts";
import type { ObjectStoreRecord } from "./records/object-store.ts";
import type { PodState } from "./records/plugin.ts";
import type { ScheduleRecord } from "./records/schedule.ts";
import type { OtherSource } from "./settings.ts";

/** `absent`: the cluster does not serve that kind, since nobody has installed it. */
export type Listing<T> = Reading<readonly T[] | "absent">;

export interface BackupFacts {
  readonly clusters: readonly ClusterBackupFacts[];
  readonly others: readonly OtherFacts[];
}

export interface ClusterBackupFacts {
  /** The Kubernetes cluster's name in the configuration. */
  readonly cluster: string;
  readonly databases: Listing<DatabaseRecord>;
  readonly schedules: Listing<ScheduleRecord>;
  readonly backups: Reading<BackupBook | "absent">;
  readonly stores: Listing<ObjectStoreRecord>;
  readonly plugins: Reading<readonly PluginFacts[]>;
  /** Pods of all PostgreSQL clusters. */
  readonly instances: Reading<readonly PodState[]>;
  /** By `namespace/name` of the PostgreSQL cluster, where somebody may ask the primary; nothing for the others. */
  readonly archivers: ReadonlyMap<string, Reading<ArchiverFacts>>;
  /** By `namespace/name` of the ObjectStore, where somebody has asked the object store itself. */
  readonly probes: ReadonlyMap<string, StoreProbe>;
}

export interface PluginFacts {
  /** `barman-cloud.cloudnative-pg.io` */
  readonly plugin: string;
  readonly namespace: string;
  readonly service: string;
  /** `undefined`: it stands for something that is no pod, or its pods could not be read. */
  readonly pods: readonly PodState[] | undefined;
  /** Why its pods could not be read. */
  readonly error: string | undefined;
}

/** From `pg_stat_archiver` and `archive_status` on the primary. */
export interface ArchiverFacts {
  readonly lastArchivedAt: number | undefined;
  readonly lastFailedAt: number | undefined;
  /** WAL files that wait to be archived. */
  readonly waiting: number | undefined;
}

/**
 * What the object store itself said when it was asked with the same key. `unreachable` from here need not be so from the cluster: it explains a failure
 * that is seen elsewhere, and is none by itself.
 */
export type StoreProbe =
  { readonly kind: "reached" } | { readonly kind: "wrong-key" | "no-bucket" | "denied" | "unreachable" | "not-asked"; /** In words. */ readonly words: string };

export interface OtherFacts {
  readonly source: OtherSource;
  readonly newest: Reading<OtherFinding>;
}
