/** The controller of Clusters: brings a new one up (from nothing or from a backup), keeps its instances, and tells how its WAL gets out. */
import type { KeptObject } from "../kept-objects.ts";
import { archiveTarget, recoveryTarget } from "./targets.ts";
import { changeCluster, conditions, enabledPlugins, notArchiving, type NewCondition } from "./cluster-status.ts";
import { addInstance, bootstrapPod, instanceLabels, podsOf } from "./instances.ts";
import { soonMs, type Controller, type ControllerNeeds } from "./needs.ts";
import { healthy, readCluster, type ClusterShape } from "./shapes.ts";
import * as words from "./words.ts";

const unknownPlugin = "Cluster cannot proceed to reconciliation due to an unknown plugin being required";

export function clusterController(needs: ControllerNeeds): Controller {
  const { situation, roster, times } = needs;
  /** By uid: when the bootstrap is through. */
  const bootstraps = new Map<string, number>();
  /** By uid: when the next instance is there. */
  const joins = new Map<string, number>();
  /** By uid: since when archiving works again, until the condition says so. */
  const changedAt = new Map<string, number>();

  function bringUp(object: KeptObject, cluster: ClusterShape, at: number): number | undefined {
    const { uid, name } = object.metadata;
    const isRestore = cluster.spec.bootstrap?.recovery !== undefined;
    const job = podsOf(roster, object).find((pod) => pod.owner?.kind === "Job");
    const found = isRestore ? recoveryTarget(needs, object, cluster) : undefined;
    if (job === undefined) {
      // The plugin asks to try again until its ObjectStore is there.
      if (found !== undefined && "missing" in found) return undefined;
      roster.add(bootstrapPod(needs, object, isRestore ? "full-recovery" : "initdb"));
      bootstraps.set(uid, at + times.bootstrap);
      const parts = {
        phase: "Setting up primary",
        phaseReason: `Creating primary instance ${name}-1`,
        instances: 0,
        targetPrimary: `${name}-1`,
        instanceNames: [`${name}-1`],
      };
      changeCluster(needs, object, { parts, conditions: [conditions.notReady] }, at);
      return at + times.bootstrap;
    }
    const endsAt = bootstraps.get(uid) ?? at;
    if (at < endsAt) return endsAt;
    if (isRestore && !canRestore(object, found)) {
      // Its Job tries again and again; the Cluster never says why.
      if (job.failed !== true) roster.replace(job, { ...job, failed: true });
      return undefined;
    }
    roster.remove(job);
    addInstance(needs, object, `${name}-1`, "primary", at);
    changeCluster(needs, object, { parts: { currentPrimary: `${name}-1`, phaseReason: undefined, timelineID: isRestore ? 2 : 1 } }, at);
    return at + soonMs;
  }

  function canRestore(object: KeptObject, found: ReturnType<typeof recoveryTarget>): boolean {
    if (found === undefined || "missing" in found) return false;
    const { configuration, server } = found;
    return needs.buckets.trouble(object.metadata.namespace ?? "", configuration) === undefined && needs.buckets.catalog(configuration, server).length > 0;
  }

  function keep(object: KeptObject, cluster: ClusterShape, at: number): number | undefined {
    const { uid, name } = object.metadata;
    const wanted = Array.from({ length: cluster.spec.instances }, (_, n) => `${name}-${n + 1}`);
    const pods = podsOf(roster, object).filter((pod) => pod.labels["cnpg.io/podRole"] === "instance");
    const missing = wanted.find((each) => !pods.some((pod) => pod.name === each));
    const joinsAt = missing === undefined ? undefined : (joins.get(uid) ?? at + times.instance);
    if (missing !== undefined && joinsAt !== undefined && at >= joinsAt) {
      joins.delete(uid);
      addInstance(needs, object, missing, pods.length === 0 ? "primary" : "replica", at);
      return at;
    }
    if (joinsAt !== undefined) joins.set(uid, joinsAt);
    const ready = pods.filter((pod) => roster.isReady(pod));
    const current = cluster.status.currentPrimary;
    const primary = ready.some((pod) => pod.name === current) ? current : (ready[0]?.name ?? current);
    if (primary !== current)
      for (const pod of pods) roster.replace(pod, { ...pod, labels: instanceLabels(name, pod.name, pod.name === primary ? "primary" : "replica") });
    const blocked = enabledPlugins(cluster).length > 0 && situation.plugin === "unknown";
    const phase = blocked ? unknownPlugin : missing === undefined ? healthy : current === undefined ? "Setting up primary" : "Creating a new replica";
    const whole = ready.length === cluster.spec.instances;
    const parts = {
      phase: !blocked && missing === undefined && !whole ? "Waiting for the instances to become active" : phase,
      instances: pods.length,
      readyInstances: ready.length === 0 ? undefined : ready.length,
      instanceNames: wanted,
      currentPrimary: primary,
      targetPrimary: primary,
      writeService: `${name}-rw`,
      readService: `${name}-r`,
    };
    const archiving = archivingOf(object, cluster, at);
    changeCluster(needs, object, { parts, conditions: [whole ? conditions.ready : conditions.notReady, ...archiving.set] }, at);
    return joinsAt === undefined ? archiving.again : Math.min(joinsAt, archiving.again ?? joinsAt);
  }

  /** Nothing is said before the first WAL has got out or failed, and the condition stays as it is while the archive command hangs or nobody writes. */
  function archivingOf(object: KeptObject, cluster: ClusterShape, at: number): { readonly set: readonly NewCondition[]; readonly again?: number } {
    const { uid, namespace = "", name } = object.metadata;
    const target = archiveTarget(needs, object, cluster);
    if (target === undefined || situation.hungArchivers.has(`${namespace}/${name}`)) return { set: [] };
    if (!("missing" in target) && needs.buckets.trouble(namespace, target.configuration)?.kind === "hangs") {
      if (!needs.notArchivedSince.has(uid)) needs.notArchivedSince.set(uid, at);
      return { set: [] };
    }
    const withPlugin = cluster.spec.plugins.some((each) => each.enabled && each.isWALArchiver);
    const missing = "missing" in target;
    const trouble = missing ? ({ kind: "no-store", name: target.missing } as const) : needs.buckets.trouble(namespace, target.configuration);
    const last = cluster.status.conditions.find((each) => each.type === "ContinuousArchiving")?.status;
    const wanted = trouble === undefined ? conditions.archiving : notArchiving(words.archiveError(trouble, withPlugin));
    if (last === wanted.status) {
      if (trouble === undefined) needs.notArchivedSince.delete(uid);
      return { set: [wanted] };
    }
    const since = needs.notArchivedSince.get(uid) ?? at;
    if (trouble !== undefined) needs.notArchivedSince.set(uid, since);
    const tellsAt = (trouble === undefined ? (changedAt.get(uid) ?? at) : since) + times.archiving;
    if (trouble === undefined && !changedAt.has(uid)) changedAt.set(uid, at);
    if (at < tellsAt) return { set: [], again: tellsAt };
    changedAt.delete(uid);
    if (trouble === undefined) needs.notArchivedSince.delete(uid);
    return { set: [wanted] };
  }
  return (object, at) => {
    if (situation.operator === "stopped") return undefined;
    const bornAt = Date.parse(object.metadata.creationTimestamp);
    if (at < bornAt + soonMs) return bornAt + soonMs;
    const cluster = readCluster(object);
    if (cluster.status.currentPrimary !== undefined) return keep(object, cluster, at);
    if (enabledPlugins(cluster).length > 0 && situation.plugin !== "running") {
      if (situation.plugin === "unknown") changeCluster(needs, object, { parts: { phase: unknownPlugin } }, at);
      return undefined;
    }
    return bringUp(object, cluster, at);
  };
}
