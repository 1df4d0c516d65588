/** What the operator reads of CloudNativePG's objects: the parts that it acts on; whatever else stands there stays. */
import * as z from "zod";
import type { KeptObject } from "../kept-objects.ts";

const ref = z.looseObject({ name: z.string(), key: z.string() });
const parameters = z.record(z.string(), z.string()).default({});

export const storeConfiguration = z.looseObject({
  destinationPath: z.string(),
  endpointURL: z.string().default(""),
  serverName: z.string().optional(),
  s3Credentials: z.looseObject({ accessKeyId: ref.optional(), secretAccessKey: ref.optional() }).default({}),
});
export type StoreConfiguration = z.output<typeof storeConfiguration>;

const plugin = z.looseObject({ name: z.string(), enabled: z.boolean().default(true), isWALArchiver: z.boolean().default(false), parameters });
const condition = z.looseObject({ type: z.string(), status: z.string(), reason: z.string(), message: z.string(), lastTransitionTime: z.string() });
export type Condition = z.output<typeof condition>;

const clusterShape = z.looseObject({
  spec: z.looseObject({
    instances: z.number(),
    imageName: z.string().default("ghcr.io/cloudnative-pg/postgresql:18.0"),
    resources: z
      .looseObject({ requests: z.record(z.string(), z.unknown()).default({}), limits: z.record(z.string(), z.unknown()).default({}) })
      .default({ requests: {}, limits: {} }),
    storage: z.looseObject({ size: z.string().default("1Gi"), storageClass: z.string().optional() }).default({ size: "1Gi" }),
    plugins: z.array(plugin).default([]),
    backup: z
      .looseObject({
        barmanObjectStore: storeConfiguration.optional(),
        volumeSnapshot: z.looseObject({}).optional(),
        retentionPolicy: z.string().optional(),
        target: z.string().optional(),
      })
      .optional(),
    bootstrap: z
      .looseObject({ recovery: z.looseObject({ source: z.string().optional(), backup: z.looseObject({ name: z.string() }).optional() }).optional() })
      .optional(),
    externalClusters: z.array(z.looseObject({ name: z.string(), plugin: plugin.optional(), barmanObjectStore: storeConfiguration.optional() })).default([]),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      currentPrimary: z.string().optional(),
      instanceNames: z.array(z.string()).default([]),
      readyInstances: z.number().optional(),
      conditions: z.array(condition).default([]),
    })
    .default({ conditions: [], instanceNames: [] }),
});
const backupShape = z.looseObject({
  spec: z.looseObject({
    cluster: z.looseObject({ name: z.string() }),
    method: z.string(),
    target: z.string().optional(),
    pluginConfiguration: z.looseObject({ name: z.string() }).optional(),
  }),
  status: z
    .looseObject({ phase: z.string().default(""), instanceID: z.looseObject({ podName: z.string() }).optional(), backupId: z.string().optional() })
    .default({ phase: "" }),
});
const scheduledShape = z.looseObject({
  spec: z.looseObject({
    schedule: z.string(),
    suspend: z.boolean().default(false),
    immediate: z.boolean().default(false),
    backupOwnerReference: z.string().default("none"),
    cluster: z.looseObject({ name: z.string() }),
  }),
  status: z.looseObject({ lastCheckTime: z.string().optional() }).default({}),
});
const storeShape = z.looseObject({
  spec: z.looseObject({ configuration: storeConfiguration, retentionPolicy: z.string().optional() }),
  status: z.looseObject({ serverRecoveryWindow: z.record(z.string(), z.looseObject({})).default({}) }).default({ serverRecoveryWindow: {} }),
});

export type ClusterShape = z.output<typeof clusterShape>;
export type BackupShape = z.output<typeof backupShape>;

/**
 * Objects are never changed in place, so each needs to be read only once.
 * @throws ZodError when what a fleet begins with has another shape; what came through the API has been admitted
 */
function reader<T>(shape: z.ZodType<T>): (object: KeptObject) => T {
  const read = new WeakMap<KeptObject, { readonly value: T }>();
  return (object) => {
    const known = read.get(object);
    if (known !== undefined) return known.value;
    const value = shape.parse(object);
    read.set(object, { value });
    return value;
  };
}

export const readCluster = reader(clusterShape);
export const readBackup = reader(backupShape);
export const readScheduled = reader(scheduledShape);
export const readStore = reader(storeShape);

/** The parts of a Backup's spec that a ScheduledBackup hands on. */
export const handedOn = z.looseObject({}).pipe(
  z.object({
    cluster: z.unknown(),
    target: z.unknown().optional(),
    method: z.unknown().optional(),
    online: z.unknown().optional(),
    onlineConfiguration: z.unknown().optional(),
    pluginConfiguration: z.unknown().optional(),
  }),
);

export const isDone = (phase: string): boolean => phase === "completed" || phase === "failed";
/** `BackupStatus.IsInProgress`; what is neither this nor done waits. */
export const isInProgress = (phase: string): boolean => phase === "pending" || phase === "started" || phase === "running";
export const healthy = "Cluster in healthy state";
export const barmanCloud = "barman-cloud.cloudnative-pg.io";
