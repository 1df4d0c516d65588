/** The controller of Backups: what CloudNativePG checks before one, the instance that takes it, and how it ends. */
import { instant, type KeptObject } from "../kept-objects.ts";
import { kinds } from "../kinds.ts";
import { containerId, type Json } from "../objects.ts";
import { baseBackupStatus, forgetExpired, inTreeTimes, placeOf, tellStore } from "./base-backup.ts";
import { electPod, isNext, prerequisite } from "./before-backup.ts";
import { kept } from "./buckets.ts";
import { backupFailed, changeCluster, conditions, enabledPlugins, type Target } from "./cluster-status.ts";
import { soonMs, type Controller, type ControllerNeeds } from "./needs.ts";
import { isDone, readBackup, readCluster, type BackupShape, type ClusterShape } from "./shapes.ts";
import { inTreeTarget, pluginTarget } from "./targets.ts";
import { barmanId } from "./wal.ts";
import * as words from "./words.ts";

export function backupController(needs: ControllerNeeds): Controller {
  const { objects, situation, running, times } = needs;
  const set = (object: KeptObject, parts: Json): void => {
    const { status } = readBackup(object);
    const { phase, ...rest } = status;
    objects.change(object, { status: { ...(phase === "" ? rest : status), ...parts } });
  };

  function fail(object: KeptObject, message: string, at: number, of: KeptObject): void {
    running.delete(object.metadata.uid);
    set(object, { phase: "failed", error: message, method: readBackup(object).spec.method });
    changeCluster(needs, of, { parts: { lastFailedBackup: instant(at) }, conditions: [backupFailed(message)] }, at);
  }

  function start(object: KeptObject, { spec }: BackupShape, of: KeptObject, cluster: ClusterShape, at: number): number | undefined {
    const pod = electPod(needs, of, cluster, spec.target);
    if (pod === undefined) {
      set(object, { phase: "pending" });
      return undefined;
    }
    const instanceID = { podName: pod.name, ContainerID: containerId(pod) };
    const majorVersion = Number(/:(\d+)/u.exec(cluster.spec.imageName)?.[1] ?? 18);
    set(object, { phase: "started", instanceID, majorVersion, method: spec.method });
    running.set(object.metadata.uid, at + times.backup);
    changeCluster(needs, of, { conditions: [conditions.backupStarted] }, at);
    return at + (spec.method === "barmanObjectStore" ? soonMs : times.backup);
  }

  /** It has been started: by now the instance may have come further. */
  function goOn(object: KeptObject, { spec, status }: BackupShape, of: KeptObject, cluster: ClusterShape, at: number): number | undefined {
    const endsAt = running.get(object.metadata.uid);
    if (endsAt === undefined) return undefined;
    if (needs.roster.find(of.metadata.namespace ?? "", status.instanceID?.podName ?? "") === undefined) {
      // Nobody is left to say so while the operator is away.
      if (situation.operator === "stopped") return undefined;
      running.delete(object.metadata.uid);
      if (spec.method === "plugin") {
        fail(object, words.connectionLost, at, of);
        return undefined;
      }
      set(object, { phase: "pending" });
      return at + soonMs;
    }
    if (spec.method === "barmanObjectStore" && status.phase === "started") {
      const failing = cluster.status.conditions.some((each) => each.type === "ContinuousArchiving" && each.status === "False");
      const target = inTreeTarget(of, cluster);
      set(object, { phase: failing ? "walArchivingFailing" : "running", ...placeOf(target) });
      if (failing) running.delete(object.metadata.uid);
      return failing ? undefined : endsAt;
    }
    if (at < endsAt) return endsAt;
    if (spec.method === "volumeSnapshot") {
      complete(object, at, { snapshotBackupStatus: { elements: [{ name: object.metadata.name, type: "PG_DATA" }] } }, of);
      return undefined;
    }
    const withPlugin = spec.method === "plugin";
    const found = withPlugin ? pluginTarget(needs, of, cluster) : inTreeTarget(of, cluster);
    if (found === undefined || "missing" in found) {
      fail(object, found === undefined ? words.noPlugin : words.storeNotFound(found.missing), at, of);
      return undefined;
    }
    const trouble = needs.buckets.trouble(of.metadata.namespace ?? "", found.configuration);
    // Until the store answers, barman waits; nothing in Kubernetes has a deadline for it.
    if (trouble?.kind === "hangs") return undefined;
    if (trouble !== undefined) {
      if (trouble.kind !== "no-secret") tellStore(needs, found, { lastFailedBackupTime: instant(at) });
      fail(object, withPlugin ? words.pluginBackupError(trouble) : words.inTreeBackupError(trouble), at, of);
      return undefined;
    }
    store(object, found, of, at);
    return undefined;
  }

  function complete(object: KeptObject, at: number, more: Json, of: KeptObject): void {
    running.delete(object.metadata.uid);
    set(object, { phase: "completed", stoppedAt: instant(at), ...more });
    changeCluster(needs, of, { conditions: [conditions.backupSucceeded] }, at);
  }

  function store(object: KeptObject, target: Target, of: KeptObject, at: number): void {
    const beganAt = at - times.backup;
    const backupId = barmanId(beganAt);
    const { configuration, server, retention } = target;
    const catalog = kept([...needs.buckets.catalog(configuration, server), { id: backupId, endedAt: at }], retention, at);
    needs.buckets.put(configuration, server, catalog);
    const more =
      target.store === undefined ? placeOf(target) : { online: true, pluginMetadata: { clusterUID: of.metadata.uid, timeline: "1", ...pluginNames } };
    complete(object, at, { ...baseBackupStatus(beganAt, at), ...more }, of);
    tellStore(needs, target, {});
    if (target.store === undefined) changeCluster(needs, of, { parts: inTreeTimes(catalog) }, at);
    forgetExpired(needs, of, target, catalog);
  }

  return (object, at) => {
    const backup = readBackup(object);
    const { namespace, name } = object.metadata;
    if (isDone(backup.status.phase)) return undefined;
    const bornAt = Date.parse(object.metadata.creationTimestamp);
    if (at < bornAt + soonMs) return bornAt + soonMs;
    const of = objects.get(kinds.cluster, namespace, backup.spec.cluster.name);
    // A base backup goes on in its pod whatever has become of the operator.
    if (of !== undefined && running.has(object.metadata.uid)) return goOn(object, backup, of, readCluster(of), at);
    if (situation.operator === "stopped" || of === undefined) return undefined;
    const cluster = readCluster(of);
    const missing = prerequisite(backup, cluster, of);
    if (missing !== undefined) {
      fail(object, missing, at, of);
      return undefined;
    }
    const plugins = enabledPlugins(cluster).length > 0;
    if (plugins && situation.plugin !== "running") return undefined;
    if (!isNext(needs, namespace, backup.spec.cluster.name, name)) return undefined;
    if (backup.status.instanceID !== undefined && backup.status.phase !== "pending") return undefined;
    return start(object, backup, of, cluster, at);
  };
}

const pluginNames = { name: "barman-cloud", displayName: "BarmanCloudInstance", pluginName: "barman-cloud.cloudnative-pg.io", version: "0.14.0" };
