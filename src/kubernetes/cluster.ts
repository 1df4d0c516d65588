/**
 * What the rest of Opsroom knows of a Kubernetes cluster: records with only the fields that are used, in plain units.
 * `undefined` means that the API did not say; it is never shown as 0.
 */

/** CPU in millicores, memory in bytes. */
export interface Amount {
  readonly cpuMillicores: number | undefined;
  readonly memoryBytes: number | undefined;
}

export interface NodeRecord {
  readonly name: string;
  /** Condition `Ready`; `undefined` when the kubelet has stopped reporting (`Unknown`). */
  readonly ready: boolean | undefined;
  /** Cordoned. */
  readonly unschedulable: boolean;
  /** Names of the pressure conditions that are True: `MemoryPressure`, `DiskPressure`, `PIDPressure`. */
  readonly pressures: readonly string[];
  readonly allocatable: Amount;
}

export interface ContainerRecord {
  readonly name: string;
  readonly image: string;
  readonly requests: Amount;
  readonly limits: Amount;
  readonly ready: boolean;
  readonly restarts: number;
  /** `CrashLoopBackOff`, `ImagePullBackOff`, … while it waits. */
  readonly waitingReason: string | undefined;
  /** How its last run ended; `OOMKilled` is a reason. */
  readonly lastTermination: Termination | undefined;
}

export interface Termination {
  readonly reason: string;
  readonly exitCode: number;
  /** Milliseconds since 1970. */
  readonly finishedAt: number | undefined;
}

export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  readonly node: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: string;
  readonly ready: boolean;
  /** Being deleted. */
  readonly terminating: boolean;
  readonly containers: readonly ContainerRecord[];
  /** `StatefulSet/ess-synapse-main`; for a pod of a Deployment's ReplicaSet the Deployment. */
  readonly owner: string | undefined;
}

export interface WorkloadRecord {
  readonly kind: "Deployment" | "StatefulSet";
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly readyReplicas: number;
}

/** A CloudNativePG `Cluster` object, as far as `!status` shows it. */
export interface PostgresClusterRecord {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string | undefined;
  readonly instances: number | undefined;
  readonly readyInstances: number | undefined;
  readonly currentPrimary: string | undefined;
}

export interface NodeUsage {
  readonly node: string;
  readonly usage: Amount;
  /** When it was measured, milliseconds since 1970. */
  readonly at: number | undefined;
}

export interface PodUsage {
  readonly namespace: string;
  readonly pod: string;
  readonly containers: Readonly<Record<string, Amount>>;
  readonly at: number | undefined;
}

/**
 * One cluster Opsroom can reach. Every call has a deadline of its own, is aborted by `signal`, bounds what it reads,
 * retries 429 and 5xx with back-off inside its deadline, and throws {@link ClusterError} (`src/kubernetes/errors.ts`) in words.
 */
export interface Cluster {
  readonly name: string;
  readonly listNodes: (signal: AbortSignal) => Promise<readonly NodeRecord[]>;
  /** All pods, or those of one namespace. */
  readonly listPods: (signal: AbortSignal, where?: PodSelection) => Promise<readonly PodRecord[]>;
  readonly listWorkloads: (signal: AbortSignal, namespace: string) => Promise<readonly WorkloadRecord[]>;
  readonly listPostgresClusters: (signal: AbortSignal, namespace: string) => Promise<readonly PostgresClusterRecord[]>;
  /** From metrics.k8s.io. */
  readonly nodeUsage: (signal: AbortSignal) => Promise<readonly NodeUsage[]>;
  readonly podUsage: (signal: AbortSignal, where?: PodSelection) => Promise<readonly PodUsage[]>;
}

export interface PodSelection {
  readonly namespace?: string;
  /** Kubernetes label selector, `app.kubernetes.io/component=matrix-server`. */
  readonly labelSelector?: string;
}
