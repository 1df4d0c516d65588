/** What `!status` gathers. Each source is read for itself, so that an answer can name the one that failed and how old what it shows is. */
import type { NodeRecord, NodeUsage, PodRecord, PodUsage, PostgresClusterRecord, WorkloadRecord } from "../kubernetes/cluster.ts";
import type { HomeserverSpec } from "./homeserver-spec.ts";

export interface Known<T> {
  readonly value: T;
  /** When it was read, milliseconds since 1970. */
  readonly at: number;
}

export interface Failed<T> {
  readonly ok: false;
  /** `yc-prod: nodes` */
  readonly source: string;
  /** In words. */
  readonly error: string;
  readonly lastKnown: Known<T> | undefined;
}

export type Reading<T> = ({ readonly ok: true } & Known<T>) | Failed<T>;

/** The newest there is, old or not. */
export function newest<T>(reading: Reading<T>): Known<T> | undefined {
  return reading.ok ? reading : reading.lastKnown;
}

export interface ClusterFacts {
  readonly name: string;
  readonly nodes: Reading<readonly NodeRecord[]>;
  readonly pods: Reading<readonly PodRecord[]>;
  readonly nodeUsage: Reading<readonly NodeUsage[]>;
  readonly podUsage: Reading<readonly PodUsage[]>;
}

/** What a homeserver says of itself at `/_matrix/federation/v1/version`. */
export interface FederationVersion {
  /** `Synapse` */
  readonly software: string;
  /** `1.150.0` */
  readonly version: string;
}

export interface HomeserverFacts {
  readonly spec: HomeserverSpec;
  /** Deployments and StatefulSets of its namespace. */
  readonly workloads: Reading<readonly WorkloadRecord[]>;
  /** CloudNativePG clusters of its database's namespace; `undefined` when it has none configured. */
  readonly databases: Reading<readonly PostgresClusterRecord[]> | undefined;
  readonly federation: Reading<FederationVersion>;
}

export interface StatusFacts {
  readonly clusters: readonly ClusterFacts[];
  readonly homeservers: readonly HomeserverFacts[];
}
