/** Kubernetes objects as the API shows them, from the few facts that a fleet states. */

export type Json = Readonly<Record<string, unknown>>;

export interface NodeSpec {
  readonly name: string;
  readonly allocatableMi: number;
  readonly allocatableMillicores: number;
  /** What is in use on it in all: more than its pods together, since the system uses memory too. */
  readonly usedMi: number;
  readonly usedMillicores: number;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly usedMi: number;
  readonly requestMi?: number;
  readonly limitMi?: number;
}

export interface PodSpec {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerSpec[];
  readonly owner?: { readonly kind: string; readonly name: string };
  /** A job's pod that ended badly. */
  readonly failed?: true;
}

export type NodeState = "ready" | "not-ready" | "unknown";

const MiB = 2 ** 20;

export function nodeObject(node: NodeSpec, state: NodeState, cordoned: boolean): Json {
  const ready = { ready: "True", "not-ready": "False", unknown: "Unknown" }[state];
  const calm = state === "unknown" ? "Unknown" : "False";
  return {
    metadata: { name: node.name, labels: { "kubernetes.io/hostname": node.name }, resourceVersion: "1" },
    spec: cordoned ? { unschedulable: true } : {},
    status: {
      allocatable: { cpu: `${node.allocatableMillicores}m`, memory: `${node.allocatableMi * 1024}Ki`, pods: "110" },
      conditions: [...["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({ type, status: calm })), { type: "Ready", status: ready }],
    },
  };
}

/** How a pod's containers came to their present run. */
export interface PodHistory {
  readonly restarts: number;
  readonly last?: { readonly reason: string; readonly exitCode: number; readonly finishedAt: string };
}

export function podObject(pod: PodSpec, history: PodHistory): Json {
  const running = pod.failed !== true;
  return {
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      labels: pod.labels,
      resourceVersion: "1",
      ...(pod.owner === undefined ? {} : { ownerReferences: [{ apiVersion: "apps/v1", ...pod.owner, controller: true }] }),
    },
    spec: { nodeName: pod.node, containers: pod.containers.map((each) => ({ name: each.name, image: each.image, resources: resources(each) })) },
    status: {
      phase: running ? "Running" : "Failed",
      conditions: [{ type: "Ready", status: running ? "True" : "False" }],
      containerStatuses: pod.containers.map((each) => ({
        name: each.name,
        image: each.image,
        ready: running,
        restartCount: history.restarts,
        state: running ? { running: {} } : { terminated: { reason: "Error", exitCode: 1 } },
        lastState: history.last === undefined ? {} : { terminated: history.last },
      })),
    },
  };
}

function resources({ requestMi, limitMi }: ContainerSpec): Json {
  return {
    ...(requestMi === undefined ? {} : { requests: { memory: `${requestMi}Mi` } }),
    ...(limitMi === undefined ? {} : { limits: { memory: `${limitMi}Mi` } }),
  };
}

export function nodeMetrics(node: NodeSpec, timestamp: string): Json {
  return { metadata: { name: node.name }, timestamp, window: "20s", usage: { cpu: `${node.usedMillicores * 1_000_000}n`, memory: `${node.usedMi * 1024}Ki` } };
}

export function podMetrics(pod: PodSpec, timestamp: string): Json {
  return {
    metadata: { name: pod.name, namespace: pod.namespace, labels: pod.labels },
    timestamp,
    window: "15s",
    containers: pod.containers.map((each) => ({ name: each.name, usage: { cpu: "3m", memory: String(each.usedMi * MiB) } })),
  };
}

/** A Deployment or StatefulSet, made from the pods that it owns. */
export function workloadObject(namespace: string, name: string, pods: readonly PodSpec[]): Json {
  return {
    metadata: { name, namespace, labels: pods[0]?.labels ?? {}, resourceVersion: "1" },
    spec: { replicas: pods.length },
    status: { readyReplicas: pods.filter((pod) => pod.failed !== true).length },
  };
}
