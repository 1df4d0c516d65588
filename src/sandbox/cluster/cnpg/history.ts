/** PostgreSQL clusters with a past, for fleets: what would be there had the operator run all the while. Pure. */
import { instant, type GivenObject } from "../kept-objects.ts";
import type { PodSpec } from "../spec.ts";
import { backupFailed, conditions, healthyStatus } from "./cluster-status.ts";
import { instancePod } from "./instances.ts";
import { barmanCloud } from "./shapes.ts";
import { baseBackupStatus } from "./base-backup.ts";
import { pastSchedule, type Place } from "./past-schedule.ts";
import { noBackupSection } from "./words.ts";

const dayMs = 86_400_000;
const apiVersion = "postgresql.cnpg.io/v1";

export interface Good extends Place {
  readonly instances: number;
  /** Each with a base backup at 03:00 UTC. */
  readonly days: number;
  readonly nodes: readonly string[];
  readonly usedMi: number;
  readonly endpoint: string;
}

const backupMs = 47_000;

/** Backed up as it should be: the plugin, an ObjectStore with its credentials, a schedule of six fields, and a base backup of each night. */
export function wellBackedUp({ namespace, name, instances, days, endpoint }: Good, now: number): readonly GivenObject[] {
  const secret = `${name}-backup`;
  const ref = (key: string) => ({ name: secret, key });
  const method = { method: "plugin", pluginConfiguration: { name: barmanCloud } };
  const schedule = pastSchedule(
    {
      namespace,
      name: `${name}-daily`,
      cluster: name,
      schedule: "0 0 3 * * *",
      sinceMs: days * dayMs,
      spec: { ...method, backupOwnerReference: "cluster", immediate: true },
      outcome: (at) => ({
        phase: "completed",
        method: "plugin",
        ...baseBackupStatus(at + 1000, at + 1000 + backupMs),
        instanceID: { podName: `${name}-${instances > 1 ? 2 : 1}`, ContainerID: "containerd://gone" },
        majorVersion: 18,
        online: true,
        pluginMetadata: { timeline: "1", name: "barman-cloud", displayName: "BarmanCloudInstance", pluginName: barmanCloud, version: "0.14.0" },
      }),
    },
    now,
  ).map((each) =>
    each.kind === "Backup"
      ? { ...each, metadata: { ...each.metadata, ownerReferences: [{ apiVersion, kind: "Cluster", name, uid: "", controller: true }] } }
      : each,
  );
  const ends = schedule.flatMap(({ status }) => (hasStop(status) ? [status.stoppedAt] : []));
  const [first, last] = [ends[0], ends.at(-1)];
  const since = instant(now - days * dayMs - dayMs);
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace, name: secret, creationTimestamp: since },
      type: "Opaque",
      data: { id: base64("sandbox"), key: base64("not a secret") },
    },
    {
      apiVersion: "barmancloud.cnpg.io/v1",
      kind: "ObjectStore",
      metadata: { namespace, name: `${name}-store`, creationTimestamp: since },
      spec: {
        configuration: {
          destinationPath: `s3://backups/${namespace}/`,
          endpointURL: endpoint,
          s3Credentials: { accessKeyId: ref("id"), secretAccessKey: ref("key") },
          wal: { compression: "gzip" },
        },
        retentionPolicy: `${Math.max(14, days)}d`,
        instanceSidecarConfiguration: { retentionPolicyIntervalSeconds: 1800 },
      },
      ...(first === undefined ? {} : { status: { serverRecoveryWindow: { [name]: { firstRecoverabilityPoint: first, lastSuccessfulBackupTime: last } } } }),
    },
    clusterObject(
      { namespace, name },
      instances,
      since,
      {
        spec: { plugins: [{ name: barmanCloud, enabled: true, isWALArchiver: true, parameters: { barmanObjectName: `${name}-store` } }] },
        status: { pluginStatus: [{ name: barmanCloud, version: "0.14.0", capabilities: ["TYPE_LIFECYCLE_SERVICE", "TYPE_RECONCILER_HOOKS"] }] },
        conditions: [conditions.archiving, conditions.backupSucceeded],
      },
      now,
    ),
    ...schedule,
  ];
}

/**
 * The trap: a schedule that was meant for 03:00 and, with five fields, fires at minute 3 of every hour; by the method that is the default and that the cluster has
 * no section for; and its Backups go away with it.
 */
export function trapped({ namespace, name }: Place, instances: number, sinceMs: number, now: number): readonly GivenObject[] {
  const since = instant(now - sinceMs - dayMs);
  const schedule = pastSchedule(
    {
      namespace,
      name: `${name}-daily`,
      cluster: name,
      schedule: "0 3 * * *",
      sinceMs,
      spec: { backupOwnerReference: "self", immediate: false, target: "prefer-standby" },
      outcome: () => ({ phase: "failed", error: noBackupSection, method: "barmanObjectStore" }),
    },
    now,
  );
  const failed = schedule.findLast((each) => each.kind === "Backup")?.metadata.creationTimestamp;
  const status = failed === undefined ? {} : { lastFailedBackup: failed };
  return [
    clusterObject({ namespace, name }, instances, since, { spec: {}, status, conditions: failed === undefined ? [] : [backupFailed(noBackupSection)] }, now),
    ...schedule,
  ];
}

export function instancePods({ namespace, name, instances, nodes, usedMi }: Omit<Good, "days" | "endpoint">): readonly PodSpec[] {
  return Array.from({ length: instances }, (_, at) =>
    instancePod({ namespace, cluster: name, name: `${name}-${at + 1}` }, nodes[at % nodes.length] ?? "", at === 0 ? "primary" : "replica", {
      image: "ghcr.io/cloudnative-pg/postgresql:18.0",
      usedMi: Math.max(64, usedMi - 30 * at),
      requestMi: 512,
      limitMi: 2048,
    }),
  );
}

interface More {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
  readonly conditions: Parameters<typeof healthyStatus>[4];
}

function clusterObject({ namespace, name }: Place, instances: number, since: string, { spec, status, conditions: also }: More, now: number): GivenObject {
  const expiry = new Date(now + 61 * dayMs)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/u, " +0000 UTC");
  const expirations = Object.fromEntries(["ca", "replication", "server"].map((of) => [`${name}-${of}`, expiry]));
  return {
    apiVersion,
    kind: "Cluster",
    metadata: { namespace, name, creationTimestamp: since },
    spec: {
      instances,
      imageName: "ghcr.io/cloudnative-pg/postgresql:18.0",
      storage: { size: "50Gi", storageClass: "yc-network-ssd" },
      resources: { requests: { memory: "512Mi" }, limits: { memory: "2Gi" } },
      ...spec,
    },
    status: healthyStatus(name, instances, since, { certificates: { expirations }, ...status }, also),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function hasStop(status: unknown): status is { readonly stoppedAt: string } {
  return typeof status === "object" && status !== null && "stoppedAt" in status && typeof status.stoppedAt === "string";
}
