/** Finding the object store that a Cluster writes to, or that it is restored from. */
import type { KeptObject } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import type { Target } from "./cluster-status.ts";
import type { ControllerNeeds } from "./needs.ts";
import { barmanCloud, readBackup, readCluster, readStore, type ClusterShape, type StoreConfiguration } from "./shapes.ts";

/** `no-store`: the ObjectStore is not there. */
export type FoundTarget = Target | { readonly missing: string } | undefined;

export function pluginTarget({ objects }: Pick<ControllerNeeds, "objects">, object: KeptObject, { spec }: ClusterShape): FoundTarget {
  const plugin = spec.plugins.find((each) => each.enabled && each.name === barmanCloud);
  return plugin === undefined ? undefined : storeTarget(objects, object.metadata.namespace, plugin.parameters, object.metadata.name);
}

export function inTreeTarget(object: KeptObject, { spec }: ClusterShape): Target | undefined {
  const configuration = spec.backup?.barmanObjectStore;
  if (configuration === undefined) return undefined;
  return { configuration, server: configuration.serverName ?? object.metadata.name, retention: spec.backup?.retentionPolicy, store: undefined };
}

/** Where WAL goes: `undefined` when nothing archives it. */
export function archiveTarget(needs: Pick<ControllerNeeds, "objects">, object: KeptObject, cluster: ClusterShape): FoundTarget {
  return cluster.spec.plugins.some((each) => each.enabled && each.isWALArchiver) ? pluginTarget(needs, object, cluster) : inTreeTarget(object, cluster);
}

/** @returns `undefined` when it is not made by a restore, or what it is restored from cannot be told */
export function recoveryTarget({ objects }: Pick<ControllerNeeds, "objects">, object: KeptObject, { spec }: ClusterShape): FoundTarget {
  const recovery = spec.bootstrap?.recovery;
  const { namespace } = object.metadata;
  if (recovery?.backup !== undefined) return backupTarget(objects, namespace, recovery.backup.name);
  const source = spec.externalClusters.find((each) => each.name === recovery?.source);
  if (source === undefined) return undefined;
  if (source.plugin !== undefined) return storeTarget(objects, namespace, source.plugin.parameters, source.name);
  if (source.barmanObjectStore === undefined) return undefined;
  return inTree(source.barmanObjectStore, source.name);
}

const inTree = (configuration: StoreConfiguration, name: string): Target => ({
  configuration,
  server: configuration.serverName ?? name,
  retention: undefined,
  store: undefined,
});

function backupTarget(objects: ControllerNeeds["objects"], namespace: string | undefined, name: string): FoundTarget {
  const backup = objects.get(kinds.backup, namespace, name);
  if (backup === undefined) return { missing: `Backup ${name}` };
  const of = objects.get(kinds.cluster, namespace, readBackup(backup).spec.cluster.name);
  return of === undefined ? { missing: `the Cluster of Backup ${name}` } : archiveTarget({ objects }, of, readCluster(of));
}

function storeTarget(
  objects: ControllerNeeds["objects"],
  namespace: string | undefined,
  parameters: Readonly<Record<string, string>>,
  cluster: string,
): FoundTarget {
  const name = parameters["barmanObjectName"] ?? "";
  const store = objects.get(kinds.objectStore, namespace, name);
  if (store === undefined) return { missing: name };
  const { spec } = readStore(store);
  return { configuration: spec.configuration, server: parameters["serverName"] ?? cluster, retention: spec.retentionPolicy, store };
}
