/** The state of an embedded cluster: its fleet and what has happened to it since. */
import type { Clock } from "../../clock.ts";
import type { Fleet } from "./fleet.ts";
import { nodeMetrics, nodeObject, podMetrics, podObject, workloadObject, type Json, type NodeState, type PodHistory, type PodSpec } from "./objects.ts";

export interface World {
  /** All objects of a resource; `undefined` when the cluster does not serve it. */
  readonly list: (group: string, resource: string) => readonly Json[] | undefined;
  readonly setNode: (name: string, state: NodeState | "gone") => void;
  readonly cordon: (name: string, cordoned: boolean) => void;
  readonly oomKill: (namespace: string, pod: string) => void;
  readonly setMetricsInstalled: (installed: boolean) => void;
}

export function createWorld(fleet: Fleet, clock: Pick<Clock, "now">): World {
  const nodeStates = new Map<string, NodeState | "gone">();
  const cordoned = new Set<string>();
  const histories = new Map<string, PodHistory>();
  let metricsInstalled = true;
  // Ten thousand pods are made once, and again only after something has happened to one.
  let pods: readonly Json[] | undefined;
  const keyOf = (namespace: string, pod: string): string => `${namespace}/${pod}`;
  const stampOf = (): string => new Date(clock.now() - 8000).toISOString();
  const nodes = () => fleet.nodes.filter((node) => nodeStates.get(node.name) !== "gone");

  const workloads = (kind: "ReplicaSet" | "StatefulSet"): readonly Json[] => {
    const owned = fleet.pods.filter((pod) => pod.owner?.kind === kind);
    const nameOf = (pod: PodSpec): string => (kind === "ReplicaSet" ? (pod.owner?.name ?? "").replace(/-[^-]+$/u, "") : (pod.owner?.name ?? ""));
    return [...Map.groupBy(owned, (pod) => JSON.stringify([pod.namespace, nameOf(pod)])).values()].flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [workloadObject(first.namespace, nameOf(first), group)];
    });
  };

  const resources: Readonly<Record<string, () => readonly Json[] | undefined>> = {
    "/nodes": () => nodes().map((node) => nodeObject(node, stateOf(nodeStates.get(node.name)), cordoned.has(node.name))),
    "/pods": () => (pods ??= fleet.pods.map((pod) => podObject(pod, histories.get(keyOf(pod.namespace, pod.name)) ?? { restarts: 0 }))),
    "apps/deployments": () => workloads("ReplicaSet"),
    "apps/statefulsets": () => workloads("StatefulSet"),
    "postgresql.cnpg.io/clusters": () => fleet.postgresClusters,
    // A kubelet that does not answer has no figures.
    "metrics.k8s.io/nodes": () =>
      metricsInstalled
        ? nodes()
            .filter((node) => stateOf(nodeStates.get(node.name)) === "ready")
            .map((node) => nodeMetrics(node, stampOf()))
        : undefined,
    "metrics.k8s.io/pods": () => (metricsInstalled ? fleet.pods.filter((pod) => pod.failed !== true).map((pod) => podMetrics(pod, stampOf())) : undefined),
  };
  return {
    list: (group, resource) => resources[`${group}/${resource}`]?.(),
    setNode: (name, state) => nodeStates.set(name, state),
    cordon: (name, on) => (on ? cordoned.add(name) : cordoned.delete(name)),
    setMetricsInstalled: (installed) => {
      metricsInstalled = installed;
    },
    oomKill: (namespace, pod) => {
      const key = keyOf(namespace, pod);
      const finishedAt = new Date(clock.now()).toISOString();
      histories.set(key, { restarts: (histories.get(key)?.restarts ?? 0) + 1, last: { reason: "OOMKilled", exitCode: 137, finishedAt } });
      pods = undefined;
    },
  };
}

function stateOf(state: NodeState | "gone" | undefined): NodeState {
  return state === undefined || state === "gone" ? "ready" : state;
}
