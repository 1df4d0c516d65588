/** Puts a fleet's objects into place, so that the operator finds them as if it had made them. */
import type { GivenObject, KeptObject, KeptObjects } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import type { BaseBackup } from "./buckets.ts";
import { claimFor } from "./instances.ts";
import type { ControllerNeeds } from "./needs.ts";
import { healthy, readBackup, readCluster } from "./shapes.ts";
import { inTreeTarget, pluginTarget } from "./targets.ts";

/** The owners of what is there from the beginning are named; here they get the uids that they have been given. */
export function owned(objects: KeptObjects, object: GivenObject): GivenObject {
  const { ownerReferences, namespace } = object.metadata;
  if (ownerReferences === undefined) return object;
  const uid = (kind: string, name: string): string =>
    objects.get(kind === "Cluster" ? kinds.cluster : kinds.scheduledBackup, namespace, name)?.metadata.uid ?? "";
  return { ...object, metadata: { ...object.metadata, ownerReferences: ownerReferences.map((each) => ({ ...each, uid: uid(each.kind, each.name) })) } };
}

/** A Cluster with a past: its volumes are there, and in its bucket lies what its completed Backups tell of. */
export function settle(needs: ControllerNeeds, object: KeptObject, backups: readonly KeptObject[], now: number): void {
  const { objects, buckets } = needs;
  const cluster = readCluster(object);
  if (cluster.status.phase !== healthy) return;
  const { namespace = "" } = object.metadata;
  for (const instance of cluster.status.instanceNames) objects.add(claimFor(object, instance), now);
  for (const [method, target] of [["plugin", pluginTarget(needs, object, cluster)] as const, ["barmanObjectStore", inTreeTarget(object, cluster)] as const]) {
    if (target === undefined || "missing" in target) continue;
    const catalog = backups.flatMap((each): readonly BaseBackup[] => {
      const { spec, status } = readBackup(each);
      return spec.method === method && status.phase === "completed" && status.backupId !== undefined
        ? [{ id: status.backupId, endedAt: Date.parse(String(status["stoppedAt"])) }]
        : [];
    });
    buckets.put(
      target.configuration,
      target.server,
      catalog.toSorted((a, b) => a.endedAt - b.endedAt),
    );
    // The first to come defines what credentials are right.
    buckets.trouble(namespace, target.configuration);
  }
}
