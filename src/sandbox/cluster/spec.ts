/** What the embedded cluster is told of its objects; the API's JSON is made from it when somebody asks. Memory in MiB. */

export type Labels = Readonly<Record<string, string>>;

export interface NodeSpec {
  readonly name: string;
  readonly allocatableMi: number;
  readonly allocatableMillicores: number;
  /** All of the node, as `kubectl top node` shows it: more than the sum of its pods. */
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
  readonly labels: Labels;
  readonly containers: readonly ContainerSpec[];
  readonly owner?: { readonly kind: "Cluster" | "DaemonSet" | "Job" | "ReplicaSet" | "StatefulSet"; readonly name: string };
  /** Has ended with an error and is not started again. */
  readonly failed?: true;
}

/** `unknown`: the kubelet has stopped reporting. */
export type NodeState = "ready" | "not-ready" | "unknown";
export type Pressure = "MemoryPressure" | "DiskPressure" | "PIDPressure";

export interface NodeSituation {
  readonly state: NodeState;
  readonly cordoned: boolean;
  readonly pressures: readonly Pressure[];
}

/** What has happened to a pod's first container. */
export interface PodHistory {
  readonly restarts: number;
  readonly last?: { readonly reason: string; readonly exitCode: number; readonly finishedAt: string };
  /** Waits to be started again: `CrashLoopBackOff`. */
  readonly waiting?: string;
}
