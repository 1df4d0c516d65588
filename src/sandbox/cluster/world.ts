/** The state of an embedded cluster: its fleet and what has happened to it since. */
import type { Clock } from "../../clock.ts";
import type { Fleet } from "./fleet.ts";
import { isReady, nodeMetrics, nodeObject, podMetrics, podObject, postgresObject, workloadObject, type Json } from "./objects.ts";
import type { Labels, NodeSituation, NodeState, PodHistory, PodSpec, Pressure } from "./spec.ts";

/** An object that is made into JSON only when it is on the page that was asked for. */
export interface Entry {
  /** `namespace/name`, or the name alone; lists are in this order. */
  readonly key: string;
  readonly namespace: string | undefined;
  readonly labels: Labels;
  readonly json: () => Json;
}

export interface ResourceList {
  readonly kind: string;
  readonly entries: readonly Entry[];
  /** metrics-server knows no pages: it sends all that there is. */
  readonly paged: boolean;
}

export interface World {
  /** `absent`: the cluster does not serve it. `broken`: what serves it does not answer. */
  readonly list: (group: string, version: string, resource: string) => ResourceList | "absent" | "broken";
  /** `gone`: the Node object is deleted, and its pods with it. */
  readonly setNode: (name: string, state: NodeState | "gone") => void;
  readonly cordon: (name: string, cordoned: boolean) => void;
  readonly press: (name: string, pressures: readonly Pressure[]) => void;
  /** The first container of a pod is killed for its memory and started again. `pod`: its name, or how that begins. @throws RangeError when there is none */
  readonly oomKill: (namespace: string, pod: string) => void;
  /** It ends with an error each time it is started. */
  readonly crashLoop: (namespace: string, pod: string) => void;
  readonly setMetricsInstalled: (installed: boolean) => void;
  /** metrics-server is installed and does not answer. */
  readonly setMetricsBroken: (broken: boolean) => void;
}

const untouched: PodHistory = { restarts: 0 };

export function createWorld(fleet: Fleet, clock: Pick<Clock, "now">): World {
  const states = new Map<string, NodeState | "gone">();
  const cordoned = new Set<string>();
  const pressures = new Map<string, readonly Pressure[]>();
  const histories = new Map<PodSpec, PodHistory>();
  let metrics: "broken" | "installed" | "missing" = "installed";

  const stateOf = (node: string): NodeState | "gone" => states.get(node) ?? "ready";
  const historyOf = (pod: PodSpec): PodHistory => histories.get(pod) ?? untouched;
  const nodes = () => fleet.nodes.filter((node) => stateOf(node.name) !== "gone");
  const pods = () => fleet.pods.filter((pod) => stateOf(pod.node) !== "gone");
  const reporting = (node: string): boolean => stateOf(node) === "ready" || stateOf(node) === "not-ready";
  const situationOf = (name: string, state: NodeState): NodeSituation => ({ state, cordoned: cordoned.has(name), pressures: pressures.get(name) ?? [] });
  const find = (namespace: string, name: string): PodSpec => {
    const pod = fleet.pods.find((each) => each.namespace === namespace && each.name.startsWith(name));
    if (pod === undefined) throw new RangeError(`there is no pod ${name} in ${namespace}`);
    return pod;
  };
  const fell = (namespace: string, name: string, reason: string, exitCode: number, more: Partial<PodHistory> = {}): void => {
    const pod = find(namespace, name);
    histories.set(pod, { restarts: historyOf(pod).restarts + 1, last: { reason, exitCode, finishedAt: second(clock.now()) }, ...more });
  };

  const podEntries = (json: (pod: PodSpec) => Json, of: readonly PodSpec[]): readonly Entry[] =>
    inOrder(of.map((pod) => ({ key: `${pod.namespace}/${pod.name}`, namespace: pod.namespace, labels: pod.labels, json: () => json(pod) })));
  const workloads = (kind: "Deployment" | "StatefulSet"): readonly Entry[] => {
    const owned = fleet.pods.filter((pod) => pod.owner?.kind === (kind === "Deployment" ? "ReplicaSet" : kind));
    const nameOf = ({ owner }: PodSpec): string => (kind === "Deployment" ? (owner?.name ?? "").replace(/-[^-]+$/u, "") : (owner?.name ?? ""));
    const groups = Map.groupBy(owned, (pod) => `${pod.namespace}/${nameOf(pod)}`);
    return inOrder(
      [...groups].map(([key, group]) => {
        const namespace = key.slice(0, key.indexOf("/"));
        const ready = group.filter((pod) => isReady(pod, historyOf(pod), stateOf(pod.node) === "ready")).length;
        return {
          key,
          namespace,
          labels: group[0]?.labels ?? {},
          json: () => workloadObject(kind, { namespace, name: key.slice(namespace.length + 1) }, group, ready),
        };
      }),
    );
  };
  const plain = (key: string, json: () => Json): Entry => ({ key, namespace: undefined, labels: { "kubernetes.io/hostname": key }, json });
  const figures = (kind: string, entries: () => readonly Entry[]): ResourceList | "absent" | "broken" =>
    metrics === "installed" ? { kind, entries: entries(), paged: false } : metrics === "broken" ? "broken" : "absent";

  const resources: Readonly<Record<string, () => ResourceList | "absent" | "broken">> = {
    "/v1/nodes": () => {
      const entries = nodes().map((node) => plain(node.name, () => nodeObject(node, situationOf(node.name, presentState(stateOf(node.name))))));
      return { kind: "NodeList", entries: inOrder(entries), paged: true };
    },
    "/v1/pods": () => ({ kind: "PodList", entries: podEntries((pod) => podObject(pod, historyOf(pod), stateOf(pod.node) === "ready"), pods()), paged: true }),
    "apps/v1/deployments": () => ({ kind: "DeploymentList", entries: workloads("Deployment"), paged: true }),
    "apps/v1/statefulsets": () => ({ kind: "StatefulSetList", entries: workloads("StatefulSet"), paged: true }),
    "postgresql.cnpg.io/v1/clusters": () => {
      if (fleet.postgresClusters === undefined) return "absent";
      const entries = fleet.postgresClusters.map((each) => ({
        key: `${each.namespace}/${each.name}`,
        namespace: each.namespace,
        labels: {},
        json: () => postgresObject(each),
      }));
      return { kind: "ClusterList", entries: inOrder(entries), paged: true };
    },
    // A kubelet that does not answer has no figures, nor have its pods.
    "metrics.k8s.io/v1beta1/nodes": () =>
      figures("NodeMetricsList", () =>
        nodes()
          .filter((node) => reporting(node.name))
          .map((node) => plain(node.name, () => nodeMetrics(node, lastScrape(clock.now())))),
      ),
    "metrics.k8s.io/v1beta1/pods": () =>
      figures("PodMetricsList", () => {
        const measured = pods().filter((pod) => pod.failed !== true && reporting(pod.node) && historyOf(pod).waiting === undefined);
        return podEntries((pod) => podMetrics(pod, lastScrape(clock.now())), measured);
      }),
  };
  return {
    list: (group, version, resource) => resources[`${group}/${version}/${resource}`]?.() ?? "absent",
    setNode: (name, state) => states.set(name, state),
    cordon: (name, on) => (on ? cordoned.add(name) : cordoned.delete(name)),
    press: (name, now) => pressures.set(name, now),
    oomKill: (namespace, pod) => fell(namespace, pod, "OOMKilled", 137),
    crashLoop: (namespace, pod) => fell(namespace, pod, "Error", 1, { waiting: "CrashLoopBackOff" }),
    setMetricsInstalled: (installed) => {
      metrics = installed ? "installed" : "missing";
    },
    setMetricsBroken: (broken) => {
      metrics = broken ? "broken" : "installed";
    },
  };
}

function presentState(state: NodeState | "gone"): NodeState {
  return state === "gone" ? "unknown" : state;
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/u, "Z");
/** metrics-server asks the kubelets every 15 s. */
const lastScrape = (now: number): string => second(Math.floor((now - 1) / 15_000) * 15_000);
