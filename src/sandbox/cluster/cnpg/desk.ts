/** CloudNativePG in an embedded cluster, and the levers on it: what an operator or bad luck does to the real one. */
import type { Clock } from "../../../clock.ts";
import type { CloudNativePg } from "../fleet.ts";
import { instant, type GivenObject, type KeptObject, type KeptObjects } from "../kept-objects.ts";
import { kinds, type Kind } from "../kinds.ts";
import type { PodRoster } from "../pod-roster.ts";
import type { NodeSpec } from "../spec.ts";
import { bucketsOf, type BucketState } from "./buckets.ts";
import { removePodsOf } from "./instances.ts";
import { operatorPlace, pluginPlace, pluginService } from "./installed.ts";
import { usualTimes, type CnpgTimes, type ControllerNeeds, type Situation } from "./needs.ts";
import { cnpgOperator } from "./operator.ts";
import { owned, settle } from "./settle.ts";
import { readBackup, readCluster } from "./shapes.ts";
import { inTreeTarget, pluginTarget } from "./targets.ts";
import { segmentMs, walAt } from "./wal.ts";

export interface Archiver {
  readonly lastArchivedWal: string;
  /** Milliseconds since 1970. */
  readonly lastArchivedAt: number;
  readonly lastFailedAt: number | undefined;
  /** WAL files that wait to be archived. */
  readonly waiting: number;
}

export interface CnpgLevers {
  /** Deployment scaled to none, and back. */
  readonly setOperator: (running: boolean) => void;
  /** The operator begins anew: it knows only the plugins that answer now. */
  readonly restartOperator: () => void;
  readonly setPlugin: (running: boolean) => void;
  /** Its Deployment and Service; the ObjectStores stay. */
  readonly setPluginInstalled: (installed: boolean) => void;
  /** Endpoints of object stores answer or do not; all of them unless one is named. */
  readonly setStore: (state: BucketState["endpoint"], endpoint?: string) => void;
  /** Deleted with all that was in it, or made again, empty. */
  readonly setBucketExists: (exists: boolean, endpoint?: string) => void;
  /** The store takes other credentials from now on than the Secrets hold, or these again. */
  readonly setKeyAccepted: (accepted: boolean, endpoint?: string) => void;
  /** The archive command of a Cluster neither ends nor fails: nothing tells but the age of the last WAL. */
  readonly setArchiverHangs: (namespace: string, cluster: string, hangs: boolean) => void;
  /** As `kubectl edit` changes it; the spec has a new generation. @throws RangeError when it is not there */
  readonly edit: (kind: Kind, namespace: string, name: string, change: (object: KeptObject) => GivenObject) => void;
  /** What `pg_stat_archiver` on its primary says; `undefined` when nothing archives or there is no such Cluster. */
  readonly archiver: (namespace: string, cluster: string) => Archiver | undefined;
}

export interface CnpgDesk extends CnpgLevers {
  readonly namespaces: readonly string[];
  /** Puts the objects it begins with into place. */
  readonly begin: () => void;
  readonly catchUp: () => void;
  readonly changed: (object: KeptObject, present: boolean) => void;
  readonly lookAgain: () => void;
  readonly serves: (kind: Kind) => boolean;
  readonly uidOf: (namespace: string, cluster: string) => string | undefined;
}

export interface DeskNeeds {
  readonly of: CloudNativePg;
  readonly objects: KeptObjects;
  readonly roster: PodRoster;
  readonly nodes: readonly NodeSpec[];
  readonly clock: Pick<Clock, "now">;
  readonly times?: CnpgTimes;
}

export function cnpgDesk({ of, objects, roster, nodes, clock, times = usualTimes }: DeskNeeds): CnpgDesk {
  const given = of.objects(clock.now());
  const situation: Situation = { operator: "running", plugin: of.plugin ? "running" : "unknown", hungArchivers: new Map() };
  const buckets = bucketsOf(objects);
  const running = new Map<string, number>();
  const notArchivedSince = new Map<string, number>();
  const needs: ControllerNeeds = { objects, roster, buckets, situation, nodes, version: of.version, times, running, notArchivedSince };
  const operator = cnpgOperator(needs);

  const act = (what: () => void): void => {
    operator.catchUp(clock.now());
    what();
    operator.lookAgain(clock.now());
  };
  const setBuckets = (set: (bucket: BucketState) => void, endpoint: string | undefined): void => act(() => buckets.at(endpoint).forEach(set));
  const clusterOf = (namespace: string, name: string): KeptObject | undefined => objects.get(kinds.cluster, namespace, name);

  return {
    namespaces: [...new Set(given.flatMap(({ metadata }) => metadata.namespace ?? []))],
    begin: () => {
      for (const each of given) objects.add(owned(objects, each), clock.now());
      if (of.plugin) objects.add(pluginService(instant(clock.now())), clock.now());
      const backups = Map.groupBy(objects.all(kinds.backup), (each) => `${each.metadata.namespace ?? ""}/${readBackup(each).spec.cluster.name}`);
      for (const cluster of objects.all(kinds.cluster)) {
        const { namespace = "", name } = cluster.metadata;
        settle(needs, cluster, backups.get(`${namespace}/${name}`) ?? [], clock.now());
      }
    },
    catchUp: () => operator.catchUp(clock.now()),
    changed: (object, present) => {
      if (!present && object.kind === "Cluster") removePodsOf(roster, object);
      operator.changed(object, present, clock.now());
    },
    lookAgain: () => operator.lookAgain(clock.now()),
    serves: (kind) => kind.of === "cloudnative-pg" || of.plugin,
    uidOf: (namespace, cluster) => clusterOf(namespace, cluster)?.metadata.uid,
    setOperator: (runs) =>
      act(() => {
        situation.operator = runs ? "running" : "stopped";
        roster.scale(operatorPlace.namespace, operatorPlace.name, runs);
      }),
    restartOperator: () =>
      act(() => {
        situation.operator = "running";
        if (situation.plugin !== "running") situation.plugin = "unknown";
      }),
    setPlugin: (runs) =>
      act(() => {
        situation.plugin = runs ? "running" : "unreachable";
        roster.scale(pluginPlace.namespace, pluginPlace.name, runs);
      }),
    setPluginInstalled: (installed) =>
      act(() => {
        roster.scale(pluginPlace.namespace, pluginPlace.name, installed);
        situation.plugin = installed ? "running" : "uninstalled";
        const service = objects.get(kinds.service, pluginPlace.namespace, pluginPlace.name);
        if (installed) objects.add(pluginService(instant(clock.now())), clock.now());
        else if (service !== undefined) objects.remove(service);
      }),
    setStore: (state, endpoint) => setBuckets((bucket) => void (bucket.endpoint = state), endpoint),
    setBucketExists: (exists, endpoint) => setBuckets((bucket) => bucket.setExists(exists), endpoint),
    setKeyAccepted: (accepted, endpoint) => setBuckets((bucket) => void (bucket.keyAccepted = accepted), endpoint),
    setArchiverHangs: (namespace, name, hangs) =>
      act(() => {
        if (hangs) situation.hungArchivers.set(`${namespace}/${name}`, clock.now());
        else situation.hungArchivers.delete(`${namespace}/${name}`);
      }),
    edit: (kind, namespace, name, change) =>
      act(() => {
        const object = objects.get(kind, namespace, name);
        if (object === undefined) throw new RangeError(`there is no ${kind.kind} ${namespace}/${name}`);
        const { apiVersion: _, kind: __, metadata, ...parts } = change(object);
        objects.change(object, parts, metadata);
      }),
    archiver: (namespace, name) => {
      operator.catchUp(clock.now());
      const object = clusterOf(namespace, name);
      if (object === undefined) return undefined;
      const cluster = readCluster(object);
      if ((pluginTarget(needs, object, cluster) ?? inTreeTarget(object, cluster)) === undefined) return undefined;
      const failingSince = notArchivedSince.get(object.metadata.uid);
      const until = Math.min(clock.now(), failingSince ?? clock.now(), situation.hungArchivers.get(`${namespace}/${name}`) ?? clock.now());
      const lastArchivedAt = Math.floor(until / segmentMs) * segmentMs;
      // One that hangs has not failed.
      const fails = cluster.status.conditions.some((each) => each.type === "ContinuousArchiving" && each.status === "False");
      const lastFailedAt = fails && failingSince !== undefined ? Math.max(failingSince, clock.now() - 60_000) : undefined;
      const waiting = Math.floor((clock.now() - lastArchivedAt) / segmentMs);
      return { lastArchivedWal: walAt(lastArchivedAt - segmentMs), lastArchivedAt, lastFailedAt, waiting };
    },
  };
}
