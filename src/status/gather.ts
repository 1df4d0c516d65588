/** Reads all clusters and homeservers side by side. One that fails or hangs spoils nothing of the others. */
import type { Clock } from "../clock.ts";
import type { Cluster, NodeRecord, NodeUsage, PodRecord, PodUsage, PostgresClusterRecord, WorkloadRecord } from "../kubernetes/cluster.ts";
import type { FederationVersion, Reading, StatusFacts } from "./facts.ts";
import type { HomeserverSpec } from "./homeserver-spec.ts";
import { probeFederation, type FetchJson } from "./probe.ts";
import { keepSource, type Patience, type Source } from "./source.ts";

export interface GatherNeeds {
  readonly clusters: readonly Cluster[];
  readonly homeservers: readonly HomeserverSpec[];
  readonly fetchJson: FetchJson;
  readonly clock: Clock;
  readonly patience?: Patience;
}

/** Remembers the last good reading of each source: as many as the configuration names, no more. */
export interface Gatherer extends AsyncDisposable {
  /** Everything, or one cluster with its homeservers. Never throws for a source that fails. */
  readonly gather: (signal: AbortSignal, only?: { readonly cluster: string }) => Promise<StatusFacts>;
}

export const defaultPatience: Patience = { knownMs: 2_000, firstMs: 6_000 };

interface ClusterSources {
  readonly name: string;
  readonly nodes: Source<readonly NodeRecord[]>;
  readonly pods: Source<readonly PodRecord[]>;
  readonly nodeUsage: Source<readonly NodeUsage[]>;
  readonly podUsage: Source<readonly PodUsage[]>;
}

interface HomeserverSources {
  readonly spec: HomeserverSpec;
  readonly workloads: Source<readonly WorkloadRecord[]>;
  readonly databases: Source<readonly PostgresClusterRecord[]> | undefined;
  readonly federation: Source<FederationVersion>;
}

export function openGatherer({ clusters, homeservers, fetchJson, clock, patience = defaultPatience }: GatherNeeds): Gatherer {
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const track = (work: Promise<unknown>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const source = <T>(name: string, read: (signal: AbortSignal) => Promise<T>, patient = patience): Source<T> =>
    keepSource({ name, read, clock, patience: patient, stop: stopping.signal, track });

  const clusterSources: readonly ClusterSources[] = clusters.map((cluster) => ({
    name: cluster.name,
    nodes: source(`${cluster.name}: nodes`, cluster.listNodes),
    pods: source(`${cluster.name}: pods`, (signal) => cluster.listPods(signal)),
    nodeUsage: source(`${cluster.name}: node metrics`, cluster.nodeUsage),
    podUsage: source(`${cluster.name}: pod metrics`, (signal) => cluster.podUsage(signal)),
  }));

  // Homeservers of one namespace, or with one database cluster, share the read.
  const workloads = memoise((spec: Pick<HomeserverSpec, "cluster" | "namespace">) =>
    source(`${spec.cluster}: workloads of ${spec.namespace}`, async (signal) => find(spec.cluster).listWorkloads(signal, spec.namespace)),
  );
  const databases = memoise((spec: Pick<HomeserverSpec, "cluster" | "namespace">) =>
    source(`${spec.cluster}: PostgreSQL clusters of ${spec.namespace}`, async (signal) => find(spec.cluster).listPostgresClusters(signal, spec.namespace)),
  );
  const find = (name: string): Cluster => {
    const cluster = clusters.find((each) => each.name === name);
    if (cluster === undefined) throw new Error(`no cluster is configured as ${name}`);
    return cluster;
  };

  const homeserverSources: readonly HomeserverSources[] = homeservers.map((spec) => ({
    spec,
    workloads: workloads(spec),
    databases: spec.database === undefined ? undefined : databases({ cluster: spec.cluster, namespace: spec.database.cnpg.namespace }),
    // A homeserver that is down must not hold up the answer that says so.
    federation: source(`${spec.name}: federation`, (signal) => probeFederation(spec, fetchJson, signal), { ...patience, firstMs: patience.knownMs }),
  }));

  return {
    gather: async (signal, only) => {
      const wanted = (cluster: string): boolean => only === undefined || only.cluster === cluster;
      const [readClusters, readHomeservers] = await Promise.all([
        Promise.all(clusterSources.filter((each) => wanted(each.name)).map((each) => readCluster(each, signal))),
        Promise.all(homeserverSources.filter((each) => wanted(each.spec.cluster)).map((each) => readHomeserver(each, signal))),
      ]);
      return { clusters: readClusters, homeservers: readHomeservers };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new Error("Opsroom is stopping"));
      await Promise.all(underWay);
    },
  };
}

/** One value for each cluster and namespace. */
function memoise<T>(make: (where: Pick<HomeserverSpec, "cluster" | "namespace">) => T): (where: Pick<HomeserverSpec, "cluster" | "namespace">) => T {
  const made = new Map<string, T>();
  return (where) => {
    const key = JSON.stringify([where.cluster, where.namespace]);
    const value = made.get(key) ?? make(where);
    made.set(key, value);
    return value;
  };
}

async function readCluster(sources: ClusterSources, signal: AbortSignal): Promise<StatusFacts["clusters"][number]> {
  const [nodes, pods, nodeUsage, podUsage] = await Promise.all([
    sources.nodes.read(signal),
    sources.pods.read(signal),
    sources.nodeUsage.read(signal),
    sources.podUsage.read(signal),
  ]);
  return { name: sources.name, nodes, pods, nodeUsage, podUsage };
}

async function readHomeserver(sources: HomeserverSources, signal: AbortSignal): Promise<StatusFacts["homeservers"][number]> {
  const databases: Promise<Reading<readonly PostgresClusterRecord[]>> | undefined = sources.databases?.read(signal);
  const [workloads, federation, readDatabases] = await Promise.all([sources.workloads.read(signal), sources.federation.read(signal), databases]);
  return { spec: sources.spec, workloads, federation, databases: readDatabases };
}
