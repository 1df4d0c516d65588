/** The pods there are, what has happened to them, and the workloads that made them. */
import { isReady } from "./objects.ts";
import type { PodHistory, PodSpec } from "./spec.ts";

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  /** As it would make them; none of them runs while it is scaled to none. */
  readonly pods: readonly PodSpec[];
  readonly replicas: number;
  readonly ready: number;
}

export interface PodRoster {
  readonly pods: () => readonly PodSpec[];
  /** By its name, or how that begins. */
  readonly find: (namespace: string, name: string) => PodSpec | undefined;
  readonly history: (pod: PodSpec) => PodHistory;
  readonly happened: (pod: PodSpec, history: PodHistory) => void;
  readonly isReady: (pod: PodSpec) => boolean;
  readonly add: (pod: PodSpec) => void;
  readonly replace: (pod: PodSpec, by: PodSpec) => void;
  readonly remove: (pod: PodSpec) => void;
  readonly workloads: (kind: "Deployment" | "StatefulSet") => readonly Workload[];
  /** To none, or back. */
  readonly scale: (namespace: string, deployment: string, running: boolean) => void;
  readonly removeDeployment: (namespace: string, deployment: string) => void;
}

const untouched: PodHistory = { restarts: 0 };

/** @param nodeState of a node by its name; the pods of one that is gone are gone */
export function podRoster(given: readonly PodSpec[], nodeState: (node: string) => "gone" | "ready" | "silent"): PodRoster {
  const known = new Set(given);
  const histories = new Map<PodSpec, PodHistory>();
  const asleep = new Set<string>();
  const history = (pod: PodSpec): PodHistory => histories.get(pod) ?? untouched;
  const present = (pod: PodSpec): boolean => nodeState(pod.node) !== "gone" && !asleep.has(workloadOf(pod));
  const ready = (pod: PodSpec): boolean => isReady(pod, history(pod), nodeState(pod.node) === "ready");
  const pods = (): readonly PodSpec[] => [...known].filter(present);
  const remove = (pod: PodSpec): void => {
    known.delete(pod);
    histories.delete(pod);
  };
  return {
    pods,
    find: (namespace, name) => {
      const here = pods().filter((pod) => pod.namespace === namespace);
      return here.find((pod) => pod.name === name) ?? here.find((pod) => pod.name.startsWith(name));
    },
    history,
    happened: (pod, what) => void histories.set(pod, what),
    isReady: ready,
    add: (pod) => void known.add(pod),
    replace: (pod, by) => {
      const kept = histories.get(pod);
      remove(pod);
      known.add(by);
      if (kept !== undefined) histories.set(by, kept);
    },
    remove,
    workloads: (kind) => {
      const owned = [...known].filter((pod) => pod.owner?.kind === (kind === "Deployment" ? "ReplicaSet" : kind));
      const groups = Map.groupBy(owned, workloadOf);
      return [...groups].map(([key, group]) => {
        const there = group.filter(present);
        const namespace = key.slice(0, key.indexOf("/"));
        const replicas = asleep.has(key) ? 0 : group.length;
        return { namespace, name: key.slice(namespace.length + 1), pods: group, replicas, ready: there.filter(ready).length };
      });
    },
    scale: (namespace, deployment, running) => {
      if (running) asleep.delete(`${namespace}/${deployment}`);
      else asleep.add(`${namespace}/${deployment}`);
    },
    removeDeployment: (namespace, deployment) => {
      for (const pod of known) if (workloadOf(pod) === `${namespace}/${deployment}`) remove(pod);
    },
  };
}

/** `namespace/name` of the Deployment or StatefulSet. */
function workloadOf({ namespace, owner }: PodSpec): string {
  const name = owner?.name ?? "";
  return `${namespace}/${owner?.kind === "ReplicaSet" ? name.replace(/-[^-]+$/u, "") : name}`;
}
