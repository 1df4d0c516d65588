/** PostgreSQL clusters that are backed up to S3, by the plugin or in-tree: what one does to them and how they are waited for. */
import * as z from "zod";
import { pluginName, postgresImage } from "./cnpg.ts";
import type { Kubernetes } from "./kubernetes.ts";
import { waitFor } from "./process.ts";
import type { S3, S3Key } from "./s3.ts";
import { storageClass } from "./volumes.ts";

export type BackupWay = "plugin" | "in-tree";

export interface PostgresClusterOptions {
  readonly way: BackupWay;
  readonly namespace: string;
  readonly name: string;
  readonly s3: S3;
  /** There already. */
  readonly bucket: string;
}

export interface PostgresCluster {
  readonly namespace: string;
  readonly name: string;
  readonly way: BackupWay;
  /** kubectl in the cluster's namespace. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  readonly apply: (...objects: readonly object[]) => Promise<void>;
  /** Resolves when it is healthy and all its instances are ready. */
  readonly waitHealthy: () => Promise<void>;
  /** Runs SQL as `postgres` in the primary and returns the rows, fields separated by `|`. */
  readonly psql: (sql: string) => Promise<string>;
  /** Ends the current WAL segment and, unless told otherwise, waits until it is archived. */
  readonly switchWal: (options?: { readonly wait: boolean }) => Promise<void>;
  /** Writes the Secret with the store's key. */
  readonly setKey: (key: S3Key) => Promise<void>;
  /** Resolves when the Cluster's condition ContinuousArchiving is so. */
  readonly waitArchiving: (status: "True" | "False", deadlineMs: number) => Promise<void>;
  /** Makes an object again from the JSON that `kubectl get` once gave of it. */
  readonly restore: (json: string) => Promise<void>;
  /** Makes a Backup and resolves when it is completed. */
  readonly takeBackup: (name: string) => Promise<void>;
  readonly waitBackup: (name: string, phase: string) => Promise<void>;
}

/** The names of what {@link createPostgresCluster} makes beside the Cluster. */
export const secretName = (cluster: string): string => `${cluster}-s3`;
export const objectStoreName = (cluster: string): string => `${cluster}-store`;

/** How Boto must talk to stores other than Amazon's. */
export const checksumVariables = [
  { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
  { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
];

/** Makes the namespace if need be, the Secret, the ObjectStore for the plugin, and the Cluster of one instance; resolves when it is healthy. */
export async function createPostgresCluster(kubernetes: Kubernetes, options: PostgresClusterOptions): Promise<PostgresCluster> {
  const { namespace, name, way, s3, bucket } = options;
  const namespaced = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await kubernetes.kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(namespaced) });
  const cluster = openPostgresCluster(kubernetes, { namespace, name, way });
  await cluster.setKey(s3.key);
  const store = { destinationPath: `s3://${bucket}/`, endpointURL: s3.url, ...credentials(secretName(name)), data: { immediateCheckpoint: true } };
  if (way === "plugin") await cluster.apply(objectStore(objectStoreName(name), store));
  await cluster.apply(clusterObject(name, way, store));
  await cluster.waitHealthy();
  return cluster;
}

/** What one can do to a cluster that is there. */
export function openPostgresCluster(
  kubernetes: Kubernetes,
  { namespace, name, way }: Pick<PostgresClusterOptions, "namespace" | "name" | "way">,
): PostgresCluster {
  const kubectl: PostgresCluster["kubectl"] = async (...args) => kubernetes.kubectl(["-n", namespace, ...args]);
  const apply: PostgresCluster["apply"] = async (...items) => {
    await kubernetes.kubectl(["-n", namespace, "apply", "-f", "-"], { stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  };
  const psql: PostgresCluster["psql"] = async (sql) => {
    const primary = await kubectl("get", `cluster/${name}`, "-o", "jsonpath={.status.currentPrimary}");
    const command = ["psql", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qXAt"];
    return (await kubernetes.kubectl(["-n", namespace, "exec", "-i", primary, "-c", "postgres", "--", ...command], { stdin: sql })).trim();
  };
  const waitBackup: PostgresCluster["waitBackup"] = async (backup, wanted) => {
    await waitFor(`backup ${backup} is ${wanted}`, 180_000, [], async () => {
      const { status } = backupView.parse(JSON.parse(await kubectl("get", `backup/${backup}`, "-o", "json")));
      return status?.phase === wanted || undefined;
    });
  };
  return {
    namespace,
    name,
    way,
    kubectl,
    apply,
    psql,
    waitBackup,
    waitHealthy: async () => {
      await waitFor(`cluster ${name} is healthy`, 240_000, [], async () => {
        const { status } = clusterView.parse(JSON.parse(await kubectl("get", `cluster/${name}`, "-o", "json")));
        if (status?.phase !== "Cluster in healthy state" || status.readyInstances !== status.instances) return undefined;
        // What the Cluster says may be older than the loss of a pod.
        const ready = await kubectl("get", `pod/${status.currentPrimary}`, "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status}`);
        return ready === "True" || undefined;
      });
    },
    async switchWal({ wait } = { wait: true }) {
      const segment = await psql("create table if not exists tick (at timestamptz); insert into tick values (now()); select pg_walfile_name(pg_switch_wal());");
      if (!wait) return;
      await waitFor(`WAL ${segment} is archived`, 120_000, [], async () => {
        const archived = await psql("select coalesce(last_archived_wal, '') from pg_stat_archiver");
        return archived >= segment || undefined;
      });
    },
    setKey: async (key) =>
      apply({ apiVersion: "v1", kind: "Secret", metadata: { name: secretName(name) }, stringData: { ACCESS_KEY_ID: key.id, SECRET_KEY: key.secret } }),
    async waitArchiving(wanted, deadlineMs) {
      const path = `jsonpath={.status.conditions[?(@.type=="ContinuousArchiving")].status}`;
      await waitFor(`archiving is ${wanted}`, deadlineMs, [], async () => (await kubectl("get", `cluster/${name}`, "-o", path)) === wanted || undefined);
    },
    async restore(json) {
      const { metadata, ...rest } = copied.parse(JSON.parse(json));
      await apply({ ...rest, metadata: { name: metadata.name } });
    },
    async takeBackup(backup) {
      await apply(backupObject(backup, name, way));
      await waitBackup(backup, "completed");
    },
  };
}

const backupView = z.looseObject({ status: z.looseObject({ phase: z.string().optional() }).optional() });
const copied = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  data: z.unknown().optional(),
  spec: z.unknown().optional(),
});
const clusterView = z.looseObject({
  status: z
    .looseObject({
      phase: z.string().optional(),
      readyInstances: z.number().optional(),
      instances: z.number().optional(),
      currentPrimary: z.string().optional(),
    })
    .optional(),
});

const credentials = (secret: string): object => ({
  s3Credentials: { accessKeyId: { name: secret, key: "ACCESS_KEY_ID" }, secretAccessKey: { name: secret, key: "SECRET_KEY" } },
});

/** `configuration`: as in-tree under `backup.barmanObjectStore`. */
export const objectStore = (name: string, configuration: object): object => ({
  apiVersion: "barmancloud.cnpg.io/v1",
  kind: "ObjectStore",
  metadata: { name },
  spec: { configuration, retentionPolicy: "14d", instanceSidecarConfiguration: { retentionPolicyIntervalSeconds: 30, env: checksumVariables } },
});

const small = {
  instances: 1,
  imageName: postgresImage,
  storage: { size: "1Gi", storageClass },
  resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
};

function clusterObject(name: string, way: BackupWay, barmanObjectStore: object): object {
  const backed =
    way === "plugin"
      ? { plugins: [{ name: pluginName, isWALArchiver: true, parameters: { barmanObjectName: objectStoreName(name) } }] }
      : { backup: { barmanObjectStore, retentionPolicy: "14d" }, env: checksumVariables };
  return { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name }, spec: { ...small, ...backed } };
}

/** Like `cluster`, whose ObjectStore and Secret are in the same namespace, but restored from its backups and archiving nothing. */
export const restoredObject = (name: string, cluster: string): object => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name },
  spec: {
    ...small,
    bootstrap: { recovery: { source: "origin" } },
    externalClusters: [{ name: "origin", plugin: { name: pluginName, parameters: { barmanObjectName: objectStoreName(cluster), serverName: cluster } } }],
  },
});

/** The fields of a Backup or ScheduledBackup that say how. */
export const backupMethod = (way: BackupWay): Readonly<Record<string, unknown>> =>
  way === "plugin" ? { method: "plugin", pluginConfiguration: { name: pluginName } } : { method: "barmanObjectStore" };

const backupObject = (name: string, cluster: string, way: BackupWay): object => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Backup",
  metadata: { name },
  spec: { cluster: { name: cluster }, ...backupMethod(way) },
});

/** Daily at three, and once at once. */
export const scheduledBackup = (name: string, cluster: string, way: BackupWay): object => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "ScheduledBackup",
  metadata: { name },
  spec: { schedule: "0 0 3 * * *", immediate: true, backupOwnerReference: "cluster", cluster: { name: cluster }, ...backupMethod(way) },
});
