/** A cluster that is backed up well, as the API server gives it, to break in one place at a time. */
import type { ApiCall, Where } from "../../../src/kubernetes/calls.ts";
import { ClusterError } from "../../../src/kubernetes/errors.ts";
import type { ObjectReads } from "../../../src/kubernetes/objects.ts";
import { gatherBackups, type BackupSource } from "../../../src/backups/gather/gather.ts";
import type { BackupFacts } from "../../../src/backups/facts.ts";
import { judgeBackups } from "../../../src/backups/judge/judge.ts";
import type { JudgeSettings } from "../../../src/backups/judge/judging.ts";
import type { BackupPicture, BackupVerdict, CheckName } from "../../../src/backups/verdict.ts";

export const hour = 3_600_000;
export const day = 24 * hour;
export const now = Date.parse("2026-11-23T10:00:00Z");
/** `ago` milliseconds before now, as Kubernetes writes it. */
export const time = (ago: number): string => new Date(now - ago).toISOString().replace(".000Z", "Z");

export const settings: JudgeSettings = {
  ignored: [],
  limits: {
    windowMs: 14 * day,
    graceMs: 2 * hour,
    longestPeriodMs: 26 * hour,
    archivingMs: 15 * 60_000,
    longestBackupMs: 6 * hour,
    longestPendingMs: 15 * 60_000,
    expiryMs: 14 * day,
  },
};

export type Json = { [name: string]: Json } | Json[] | string | number | boolean | null | undefined;
export const kinds = ["clusters", "backups", "scheduledbackups", "objectstores", "services", "pods"] as const;
export type Kind = (typeof kinds)[number];
export type World = Record<Kind, Json[]>;

const plugin = "barman-cloud.cloudnative-pg.io";

export const database = (change: { spec?: Json; status?: Json; metadata?: Json } = {}): Json => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { namespace: "cnpg", name: "shared-pg", creationTimestamp: time(60 * day), ...object(change.metadata) },
  spec: { instances: 2, plugins: [{ name: plugin, isWALArchiver: true, parameters: { barmanObjectName: "s3" } }], ...object(change.spec) },
  status: {
    phase: "Cluster in healthy state",
    instances: 2,
    readyInstances: 2,
    currentPrimary: "shared-pg-1",
    certificates: { expirations: { "shared-pg-ca": "2027-02-18 12:00:00 +0000 UTC" } },
    conditions: [
      condition("Ready", "True", "ClusterIsReady", 50 * day),
      condition("ContinuousArchiving", "True", "ContinuousArchivingSuccess", 50 * day),
      condition("LastBackupSucceeded", "True", "LastBackupSucceeded", 7 * hour),
    ],
    ...object(change.status),
  },
});

export const condition = (type: string, status: string, reason: string, ago: number, message = "fine"): Json => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: time(ago),
});

export const backup = (name: string, ago: number, status: Json = {}, spec: Json = {}): Json => ({
  metadata: { namespace: "cnpg", name, creationTimestamp: time(ago), labels: { "cnpg.io/cluster": "shared-pg", "cnpg.io/scheduled-backup": "daily" } },
  spec: { cluster: { name: "shared-pg" }, method: "plugin", pluginConfiguration: { name: plugin }, ...object(spec) },
  status: {
    phase: "completed",
    startedAt: time(ago - 1000),
    stoppedAt: time(ago - 60_000),
    instanceID: { podName: "shared-pg-2" },
    method: "plugin",
    ...object(status),
  },
});

export const schedule = (spec: Json = {}, status: Json = {}): Json => ({
  metadata: { namespace: "cnpg", name: "daily", creationTimestamp: time(59 * day) },
  spec: {
    schedule: "0 0 3 * * *",
    cluster: { name: "shared-pg" },
    method: "plugin",
    pluginConfiguration: { name: plugin },
    backupOwnerReference: "cluster",
    ...object(spec),
  },
  status: { lastCheckTime: time(7 * hour), lastScheduleTime: time(7 * hour), nextScheduleTime: time(-17 * hour), ...object(status) },
});

export const store = (window: Json = {}, spec: Json = {}): Json => ({
  metadata: { namespace: "cnpg", name: "s3", creationTimestamp: time(60 * day) },
  spec: {
    configuration: {
      destinationPath: "s3://backups/shared",
      endpointURL: "http://s3.s3:9000",
      s3Credentials: { accessKeyId: { name: "s3-key", key: "id" }, secretAccessKey: { name: "s3-key", key: "secret" } },
    },
    retentionPolicy: "30d",
    ...object(spec),
  },
  status: {
    serverRecoveryWindow: {
      "shared-pg": {
        firstRecoverabilityPoint: time(30 * day),
        lastSuccessfulBackupTime: time(7 * hour - 60_000),
        lastFailedBackupTime: time(20 * day),
        ...object(window),
      },
    },
  },
});

export const pod = (name: string, namespace: string, labels: Json, ready = true): Json => ({
  metadata: { namespace, name, labels },
  status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

export const instance = (name: string, ready = true): Json => pod(name, "cnpg", { "cnpg.io/cluster": "shared-pg", "cnpg.io/podRole": "instance" }, ready);

export const pluginPod = (ready = true): Json => pod("barman-cloud-1", "cnpg-system", { app: "barman-cloud" }, ready);

export const service: Json = {
  metadata: { namespace: "cnpg-system", name: "barman-cloud", labels: { "cnpg.io/pluginName": plugin } },
  spec: { selector: { app: "barman-cloud" } },
};

export const well: World = {
  clusters: [database()],
  backups: [backup("daily-2", 7 * hour), backup("daily-1", 31 * hour), backup("old", 20 * day, { phase: "failed", error: "exit status 1" })],
  scheduledbackups: [schedule()],
  objectstores: [store()],
  services: [service],
  pods: [instance("shared-pg-1"), instance("shared-pg-2"), pluginPod()],
};

/** What fails, instead of answering: in words, or `absent`, since nobody serves it. */
export type Failures = Partial<Record<Kind, string>>;

/** Lists of a world; `asked` gets each call. */
export function readsOf(world: World, failures: Failures = {}, asked: string[] = []): Pick<ObjectReads, "list"> {
  return {
    list: async <T>(_signal: AbortSignal, call: ApiCall, { namespace, labelSelector }: Where, keep: (item: unknown) => T | undefined) => {
      asked.push(`${call.resource}${namespace === undefined ? "" : ` in ${namespace}`}`);
      const kind = kinds.find((each) => each === call.resource);
      if (kind === undefined) throw new Error(`${call.resource} is never asked for`);
      const failure = failures[kind];
      if (failure === "absent") throw new ClusterError("not-served", `prod does not serve ${call.resource}`, "Install it.");
      if (failure !== undefined) throw new ClusterError("forbidden", failure, "Mend it.");
      const wanted = (labelSelector ?? "").split(",").filter((each) => each !== "");
      return world[kind]
        .filter((item) => {
          const metadata = object(object(item)["metadata"]);
          const labels = object(metadata["labels"]);
          const fits = wanted.every((each) => {
            const [name = "", value] = each.split("=");
            return value === undefined ? labels[name] !== undefined : labels[name] === value;
          });
          return (namespace === undefined || metadata["namespace"] === namespace) && fits;
        })
        .flatMap((item) => {
          const record = keep(item);
          return record === undefined ? [] : [record];
        });
    },
  };
}

export async function gather(world: World, failures: Failures = {}, more: Partial<BackupSource> = {}): Promise<BackupFacts> {
  const sources = [{ name: "prod", objects: readsOf(world, failures), ...more }];
  const never = async (): Promise<never> => Promise.reject(new Error("no other source"));
  return gatherBackups({ sources, others: [], lookAtOther: never, now: () => now }, new AbortController().signal);
}

export async function look(
  change: Partial<World> = {},
  failures: Failures = {},
  more: Partial<BackupSource> = {},
  limits: Partial<JudgeSettings> = {},
): Promise<BackupPicture> {
  return judgeBackups(await gather({ ...well, ...change }, failures, more), { ...settings, ...limits }, now);
}

/** The one verdict of a world with one database. */
export async function verdict(...args: Parameters<typeof look>): Promise<BackupVerdict> {
  const { verdicts } = await look(...args);
  const [one] = verdicts;
  if (one === undefined || verdicts.length > 1) throw new Error(`${verdicts.length} verdicts`);
  return one;
}

/** `failed: why → what to do`; `undefined` when there is no such check. */
export function said({ checks }: BackupVerdict, name: CheckName): string | undefined {
  const found = checks.find((each) => each.name === name);
  return found === undefined ? undefined : `${found.state}: ${found.reason}${found.remedy === undefined ? "" : ` → ${found.remedy}`}`;
}

export function object(value: Json): Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
