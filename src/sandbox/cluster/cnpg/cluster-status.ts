/** Writing into a Cluster's status, and only what changes. */
import { instant, type KeptObject } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import type { Json } from "../objects.ts";
import type { ControllerNeeds } from "./needs.ts";
import { healthy, readCluster, type ClusterShape, type Condition, type StoreConfiguration } from "./shapes.ts";

export interface NewCondition {
  readonly type: string;
  readonly status: "False" | "True";
  readonly reason: string;
  readonly message: string;
}

export const conditions = {
  ready: { type: "Ready", status: "True", reason: "ClusterIsReady", message: "Cluster is Ready" },
  notReady: { type: "Ready", status: "False", reason: "ClusterIsNotReady", message: "Cluster Is Not Ready" },
  archiving: { type: "ContinuousArchiving", status: "True", reason: "ContinuousArchivingSuccess", message: "Continuous archiving is working" },
  backupStarted: { type: "LastBackupSucceeded", status: "False", reason: "BackupStarted", message: "New Backup starting up" },
  backupSucceeded: { type: "LastBackupSucceeded", status: "True", reason: "LastBackupSucceeded", message: "Backup was successful" },
} as const satisfies Record<string, NewCondition>;

export const notArchiving = (message: string): NewCondition => ({
  type: "ContinuousArchiving",
  status: "False",
  reason: "ContinuousArchivingFailing",
  message,
});
export const backupFailed = (message: string): NewCondition => ({ type: "LastBackupSucceeded", status: "False", reason: "LastBackupFailed", message });

/** The list with this one set; the time of its last transition is kept while its status is the same. */
export function withCondition(all: readonly Condition[], next: NewCondition, at: number): readonly Condition[] {
  const old = all.find((each) => each.type === next.type);
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : instant(at);
  const set = { ...next, lastTransitionTime };
  return old === undefined ? [...all, set] : all.map((each) => (each === old ? set : each));
}

export interface StatusChange {
  readonly parts?: Json;
  readonly conditions?: readonly NewCondition[];
}

export function changeCluster(
  { objects }: Pick<ControllerNeeds, "objects">,
  object: KeptObject,
  { parts = {}, conditions: set = [] }: StatusChange,
  at: number,
): void {
  const now = objects.get(kinds.cluster, object.metadata.namespace, object.metadata.name);
  if (now?.metadata.uid !== object.metadata.uid) return;
  const { status } = readCluster(now);
  const next = { ...status, ...parts, conditions: set.reduce((all, each) => withCondition(all, each, at), status.conditions as readonly Condition[]) };
  if (JSON.stringify(next) !== JSON.stringify(status)) objects.change(now, { status: next });
}

/** Its status once all is well, for an object that is made with a history. */
export function healthyStatus(name: string, instances: number, since: string, more: Json, also: readonly NewCondition[]): Json {
  const instanceNames = Array.from({ length: instances }, (_, at) => `${name}-${at + 1}`);
  const settled = [conditions.ready, ...also].map((each) => ({ ...each, lastTransitionTime: since }));
  return {
    phase: healthy,
    instances,
    readyInstances: instances,
    instanceNames,
    currentPrimary: `${name}-1`,
    targetPrimary: `${name}-1`,
    currentPrimaryTimestamp: since,
    latestGeneratedNode: instances,
    timelineID: 1,
    writeService: `${name}-rw`,
    readService: `${name}-r`,
    conditions: settled,
    ...more,
  };
}

/** Where a Cluster's WAL and base backups go. */
export interface Target {
  readonly configuration: StoreConfiguration;
  readonly server: string;
  readonly retention: string | undefined;
  /** The ObjectStore, with the plugin. */
  readonly store: KeptObject | undefined;
}

export const enabledPlugins = ({ spec }: ClusterShape): ClusterShape["spec"]["plugins"] => spec.plugins.filter((each) => each.enabled);
