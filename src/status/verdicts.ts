/** What `!status` finds. Amounts in bytes and millicores, times in milliseconds since 1970; `undefined` is not known, never 0. */
import type { Termination } from "../kubernetes/cluster.ts";
import type { FederationVersion } from "./facts.ts";
import type { HomeserverPart, HomeserverSpec } from "./homeserver-spec.ts";
import type { Severity } from "./severity.ts";

// ── nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How much of what there is. `requested`: nobody measured it, it is what the pods asked for. */
export interface Use {
  readonly used: number | undefined;
  readonly of: number | undefined;
  readonly share: number | undefined;
  readonly basis: "measured" | "requested";
}

/** A pod on a node, as one who uses its memory. */
export interface Consumer {
  /** `Grafana`, `Synapse t0rt1k` */
  readonly label: string;
  readonly namespace: string;
  readonly pod: string;
  readonly monitoring: boolean;
  /** Of a DaemonSet: it belongs on this node and cannot go elsewhere. */
  readonly bound: boolean;
  readonly homeserver: { readonly name: string; readonly part: HomeserverPart } | undefined;
  readonly memory: number | undefined;
  readonly memoryRequest: number | undefined;
  readonly memoryLimit: number | undefined;
  readonly restarts: number;
}

export type NodeProblem = { readonly severity: Exclude<Severity, "ok"> } & (
  | { readonly kind: "not-ready" }
  /** Its kubelet reports nothing any more. */
  | { readonly kind: "silent" }
  | { readonly kind: "pressure"; readonly pressures: readonly string[] }
  | { readonly kind: "memory"; readonly share: number }
  | { readonly kind: "cpu"; readonly share: number }
  | { readonly kind: "cordoned" }
  /** Nobody can tell how much it uses; `at` when the last figures are too old to judge by. */
  | { readonly kind: "no-figures"; readonly at: number | undefined }
);

export interface NodeVerdict {
  readonly cluster: string;
  readonly name: string;
  /** What people call it. */
  readonly shortName: string;
  readonly severity: Severity;
  /** Worst first. */
  readonly problems: readonly NodeProblem[];
  readonly memory: Use;
  readonly cpu: Use;
  /** All pods on it, the biggest first, those without figures last. */
  readonly consumers: readonly Consumer[];
  /** May take new pods: ready, not cordoned, no pressure. */
  readonly schedulable: boolean;
  /** When its figures were measured. */
  readonly figuresAt: number | undefined;
}

// ── homeservers ──────────────────────────────────────────────────────────────────────────────────────────────────────

export type HomeserverProblem = { readonly severity: Exclude<Severity, "ok"> } & (
  | { readonly kind: "pods-unread"; readonly error: string }
  /** Neither a pod nor a workload fits the selectors. */
  | { readonly kind: "not-found" }
  | { readonly kind: "stopped"; readonly part: HomeserverPart }
  | { readonly kind: "not-ready"; readonly part: HomeserverPart; readonly ready: number; readonly wanted: number | undefined }
  | { readonly kind: "waiting"; readonly part: HomeserverPart; readonly reason: string; readonly restarts: number }
  | { readonly kind: "oom-killed"; readonly part: HomeserverPart; readonly at: number | undefined; readonly restarts: number }
  | { readonly kind: "restarted"; readonly part: HomeserverPart; readonly at: number | undefined; readonly reason: string; readonly restarts: number }
  | { readonly kind: "memory"; readonly share: number }
  /** Its Synapse runs on a node that is short of memory. */
  | { readonly kind: "short-node"; readonly node: string; readonly share: number }
  | { readonly kind: "unreachable"; readonly error: string }
  | { readonly kind: "version-differs"; readonly image: string; readonly served: string }
  | { readonly kind: "database"; readonly phase: string | undefined; readonly ready: number | undefined; readonly wanted: number | undefined }
  | { readonly kind: "database-missing" }
  | { readonly kind: "database-unread"; readonly error: string }
  | { readonly kind: "no-figures"; readonly at: number | undefined }
);

/** A pod of a homeserver. */
export interface PartPod {
  readonly part: HomeserverPart;
  readonly pod: string;
  readonly node: string | undefined;
  readonly ready: boolean;
  readonly phase: string;
  readonly terminating: boolean;
  readonly memory: number | undefined;
  readonly memoryLimit: number | undefined;
  readonly memoryRequest: number | undefined;
  readonly cpu: number | undefined;
  readonly restarts: number;
  readonly waitingReason: string | undefined;
  readonly lastTermination: Termination | undefined;
}

export interface DatabaseState {
  readonly name: string;
  readonly phase: string | undefined;
  readonly ready: number | undefined;
  readonly wanted: number | undefined;
  readonly primary: string | undefined;
}

export interface HomeserverVerdict {
  readonly spec: HomeserverSpec;
  readonly severity: Severity;
  /** Worst first. */
  readonly problems: readonly HomeserverProblem[];
  /** Of its Synapse's main process. */
  readonly memory: number | undefined;
  readonly memoryLimit: number | undefined;
  readonly memoryRequest: number | undefined;
  /** Of its limit; `undefined` without one. */
  readonly memoryShare: number | undefined;
  readonly node: string | undefined;
  readonly restarts: number | undefined;
  readonly replicas: { readonly ready: number; readonly wanted: number | undefined } | undefined;
  /** By its image's tag. */
  readonly imageVersion: string | undefined;
  readonly federation: FederationVersion | undefined;
  readonly reachable: boolean;
  readonly pods: readonly PartPod[];
  readonly database: DatabaseState | undefined;
  readonly figuresAt: number | undefined;
}

// ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A source that could not be read; `shownAt`: how old what is shown instead is. */
export interface Gap {
  readonly source: string;
  readonly error: string;
  readonly shownAt: number | undefined;
  /** Nothing at all is known of this cluster's nodes. */
  readonly blind: boolean;
}

/** What does not belong to Matrix beside a Synapse on a node that is short of memory, and where it could go. */
export interface Competition {
  readonly cluster: string;
  readonly node: string;
  readonly homeserver: string;
  /** Its Synapse uses more memory than any other. */
  readonly busiest: boolean;
  readonly synapseMemory: number;
  /** All of them are monitoring. */
  readonly monitoring: boolean;
  readonly members: readonly Consumer[];
  readonly membersMemory: number;
  /** The node with the most room for all of them, and its share with them on it. */
  readonly roomOn: { readonly node: string; readonly shareThen: number } | undefined;
}

export interface Picture {
  /** Worst first. */
  readonly nodes: readonly NodeVerdict[];
  /** Worst first. */
  readonly homeservers: readonly HomeserverVerdict[];
  readonly gaps: readonly Gap[];
  readonly competitions: readonly Competition[];
  /** When the oldest of the figures was measured. */
  readonly figuresAt: number | undefined;
}
