/**
 * A small team's fleet as records: an old cluster of three crowded nodes with three homeservers of the `matrix` chart (uzig at 94 % memory),
 * and a homelab of two nodes with one of the ESS chart.
 */
import type { ContainerRecord, NodeRecord, NodeUsage, PodRecord, PodUsage, WorkloadRecord } from "../../src/kubernetes/cluster.ts";
import type { ClusterFacts, HomeserverFacts, Reading, StatusFacts } from "../../src/status/facts.ts";
import type { HomeserverSpec } from "../../src/status/homeserver-spec.ts";

export const Mi = 2 ** 20;
export const Gi = 2 ** 30;
/** 12 June 2026, 18:21 in Moscow. */
export const now = Date.UTC(2026, 5, 12, 15, 21, 0);
export const measuredAt = now - 12_000;

export const read = <T>(value: T, at = now): Reading<T> => ({ ok: true, value, at });
export const failed = <T>(source: string, error: string, lastKnown?: { readonly value: T; readonly at: number }): Reading<T> => ({
  ok: false,
  source,
  error,
  lastKnown,
});

export function node(name: string, allocatableMi = 5500, more: Partial<NodeRecord> = {}): NodeRecord {
  return { name, ready: true, unschedulable: false, pressures: [], allocatable: { cpuMillicores: 1900, memoryBytes: allocatableMi * Mi }, ...more };
}

export function container(name: string, image: string, more: Partial<ContainerRecord> = {}): ContainerRecord {
  const none = { cpuMillicores: undefined, memoryBytes: undefined };
  return { name, image, requests: none, limits: none, ready: true, restarts: 0, waitingReason: undefined, lastTermination: undefined, ...more };
}

interface PodSketch {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: ContainerRecord;
  readonly owner?: string;
  readonly memoryMi: number;
}

export function pod({ namespace, name, node: on, labels, container: only, owner }: PodSketch): PodRecord {
  return { namespace, name, node: on, labels, phase: "Running", ready: true, terminating: false, containers: [only], owner };
}

export function podUsage({ namespace, name, container: only, memoryMi }: PodSketch): PodUsage {
  return { namespace, pod: name, containers: { [only.name]: { cpuMillicores: 20, memoryBytes: memoryMi * Mi } }, at: measuredAt };
}

const label = (name: string, component?: string): Readonly<Record<string, string>> => ({
  "app.kubernetes.io/name": name,
  ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
});

/** A homeserver of the `matrix` chart: Synapse and PostgreSQL on one node, the rest where it was put. */
function oldHomeserver(
  short: string,
  nodes: { readonly synapse: string; readonly postgres: string; readonly mas: string; readonly web: string },
  synapseMi: number,
): readonly PodSketch[] {
  const namespace = `matrix-${short}`;
  const sketch = (name: string, on: string, labels: PodSketch["labels"], only: ContainerRecord, memoryMi: number, owner: string): PodSketch => ({
    namespace,
    name,
    node: on,
    labels,
    container: only,
    memoryMi,
    owner,
  });
  return [
    sketch(
      "chat-matrix-6b7c9d-x2x4z",
      nodes.synapse,
      label("matrix"),
      container("matrix", "matrixdotorg/synapse:v1.150.0"),
      synapseMi,
      "Deployment/chat-matrix",
    ),
    sketch(
      "chat-postgresql-0",
      nodes.postgres,
      label("postgresql", "primary"),
      container("postgresql", "bitnamilegacy/postgresql:16.4.0"),
      96,
      "StatefulSet/chat-postgresql",
    ),
    sketch(
      "chat-mas-5f6d8-aaaaa",
      nodes.mas,
      label("mas"),
      container("mas", "ghcr.io/element-hq/matrix-authentication-service:1.14.0"),
      42,
      "Deployment/chat-mas",
    ),
    sketch(
      "chat-mas-postgresql-7d8f-bbbbb",
      nodes.mas,
      label("mas", "postgresql"),
      container("postgresql", "bitnamilegacy/postgresql:16.4.0"),
      60,
      "Deployment/chat-mas-postgresql",
    ),
    sketch("livekit-sfu-6c7-ccccc", "uzig", label("livekit-server"), container("livekit", "livekit/livekit-server:v1.8"), 55, "Deployment/livekit-sfu"),
    sketch("livekit-redis-6c7-ddddd", "uzig", label("rtc", "redis"), container("redis", "redis:7"), 9, "Deployment/livekit-redis"),
    sketch(
      "lk-jwt-service-6c7-eeeee",
      "ofem",
      label("rtc", "lk-jwt-service"),
      container("lk-jwt-service", "ghcr.io/element-hq/lk-jwt-service:0.3.0"),
      8,
      "Deployment/lk-jwt-service",
    ),
    sketch("element-web-6c7-fffff", nodes.web, label("element"), container("element", "vectorim/element-web:v1.12.0"), 14, "Deployment/element-web"),
  ];
}

const monitoring = (name: string, on: string, memoryMi: number, owner = `StatefulSet/${name}`): PodSketch => ({
  namespace: "monitoring",
  name: `${name}-0`,
  node: on,
  labels: label(name),
  container: container(name, `docker.io/x/${name}:1`),
  memoryMi,
  owner,
});

export const oldPods: readonly PodSketch[] = [
  monitoring("grafana", "uzig", 682),
  monitoring("prometheus", "uzig", 499),
  monitoring("victoria-metrics-single", "uzig", 327),
  monitoring("alertmanager", "uzig", 34),
  monitoring("loki", "efur", 304),
  monitoring("alloy", "ofem", 118, "DaemonSet/alloy"),
  { ...monitoring("traefik", "uzig", 71), namespace: "traefik" },
  { ...monitoring("coredns", "efur", 22), namespace: "kube-system" },
  { ...monitoring("cert-manager", "efur", 31), namespace: "cert-manager" },
  ...oldHomeserver("t0rt1k", { synapse: "uzig", postgres: "uzig", mas: "uzig", web: "ofem" }, 582),
  ...oldHomeserver("roglog", { synapse: "efur", postgres: "uzig", mas: "efur", web: "ofem" }, 134),
  ...oldHomeserver("uretra", { synapse: "efur", postgres: "uzig", mas: "efur", web: "ofem" }, 137),
];

const ess = (name: string, component: string, on: string, only: ContainerRecord, memoryMi: number, owner: string): PodSketch => ({
  namespace: "matrix-mrt0rtikize",
  name: owner.startsWith("StatefulSet/") ? `${owner.slice(12)}-0` : `${owner.slice(11)}-5d6f-zzzzz`,
  node: on,
  labels: { ...label(name, component), "app.kubernetes.io/part-of": "matrix-stack" },
  container: only,
  memoryMi,
  owner,
});
const limit = (memoryMi: number): Partial<ContainerRecord> => ({
  requests: { cpuMillicores: 100, memoryBytes: 256 * Mi },
  limits: { cpuMillicores: undefined, memoryBytes: memoryMi * Mi },
});

export const homelabPods: readonly PodSketch[] = [
  ess(
    "synapse-main",
    "matrix-server",
    "oracle",
    container("synapse", "oci.element.io/synapse:v1.157.2-ess.1", limit(4096)),
    402,
    "StatefulSet/ess-synapse-main",
  ),
  ess(
    "synapse-sliding-sync",
    "matrix-server",
    "oracle",
    container("synapse", "oci.element.io/synapse:v1.157.2-ess.1", limit(4096)),
    180,
    "StatefulSet/ess-synapse-sliding-sync",
  ),
  ess(
    "matrix-authentication-service",
    "matrix-authentication",
    "oracle",
    container("matrix-authentication-service", "x:1.20.0", limit(350)),
    40,
    "Deployment/ess-matrix-authentication-service",
  ),
  ess("postgres", "matrix-stack-db", "sentinel", container("postgres", "postgres:17-alpine", limit(4096)), 210, "StatefulSet/ess-postgres"),
  ess("haproxy", "matrix-stack-ingress", "oracle", container("haproxy", "haproxy:3.2", limit(200)), 90, "Deployment/ess-haproxy"),
  ess(
    "matrix-rtc-sfu",
    "matrix-rtc-voip-server",
    "sentinel",
    container("sfu", "livekit/livekit-server:v1.9", limit(4096)),
    60,
    "Deployment/ess-matrix-rtc-sfu",
  ),
  ess("element-web", "matrix-client", "sentinel", container("element-web", "element-web:v1.12.3", limit(200)), 12, "Deployment/ess-element-web"),
  {
    namespace: "longhorn-system",
    name: "longhorn-manager-abcde",
    node: "oracle",
    labels: { app: "longhorn-manager" },
    container: container("longhorn-manager", "longhorn:1.9"),
    memoryMi: 260,
    owner: "DaemonSet/longhorn-manager",
  },
];

function usage(name: string, memoryMi: number, cpuMillicores: number): NodeUsage {
  return { node: name, usage: { cpuMillicores, memoryBytes: memoryMi * Mi }, at: measuredAt };
}

export const prod: ClusterFacts = {
  name: "prod",
  nodes: read([node("ofem"), node("uzig"), node("efur")]),
  pods: read(oldPods.map(pod)),
  nodeUsage: read([usage("ofem", 1765, 115), usage("uzig", 5190, 362), usage("efur", 2810, 190)]),
  podUsage: read(oldPods.map(podUsage)),
};

export const homelab: ClusterFacts = {
  name: "homelab",
  nodes: read([node("oracle", 23_500), node("sentinel", 7700)]),
  pods: read(homelabPods.map(pod)),
  nodeUsage: read([usage("oracle", 9100, 800), usage("sentinel", 3400, 300)]),
  podUsage: read(homelabPods.map(podUsage)),
};

function spec(name: string, serverName: string, cluster: string, shape: HomeserverSpec["shape"]): HomeserverSpec {
  return { name, serverName, cluster, namespace: `matrix-${name}`, shape };
}

export const specs = {
  t0rt1k: spec("t0rt1k", "t0rt1k.tech", "prod", "matrix-chart"),
  roglog: spec("roglog", "roglog.space", "prod", "matrix-chart"),
  uretra: spec("uretra", "uretra.space", "prod", "matrix-chart"),
  mrt0rtikize: spec("mrt0rtikize", "mrt0rtikize.ru", "homelab", "ess"),
} as const;

function workloadOf({ namespace, labels, owner }: PodSketch): readonly WorkloadRecord[] {
  const [kind, name = ""] = (owner ?? "").split("/");
  return kind === "Deployment" || kind === "StatefulSet" ? [{ kind, namespace, name, labels, replicas: 1, readyReplicas: 1 }] : [];
}

export function homeserver(of: HomeserverSpec, more: Partial<HomeserverFacts> = {}): HomeserverFacts {
  const pods = [...oldPods, ...homelabPods].filter((each) => each.namespace === of.namespace);
  return {
    spec: of,
    workloads: read(pods.flatMap(workloadOf)),
    databases: undefined,
    federation: read({ software: "Synapse", version: of.shape === "ess" ? "1.157.2" : "1.150.0" }),
    ...more,
  };
}

export const planFleet: StatusFacts = {
  clusters: [prod, homelab],
  homeservers: [homeserver(specs.t0rt1k), homeserver(specs.roglog), homeserver(specs.uretra), homeserver(specs.mrt0rtikize)],
};

/** The fleet with the container of one pod changed; `pod`: the beginning of its name. */
export function withContainer(
  cluster: ClusterFacts,
  namespace: string,
  name: string,
  change: Partial<ContainerRecord>,
  podChange: Partial<PodRecord> = {},
): ClusterFacts {
  if (!cluster.pods.ok) throw new Error("no pods");
  const pods = cluster.pods.value.map((each) =>
    each.namespace === namespace && each.name.startsWith(name)
      ? { ...each, ...podChange, containers: each.containers.map((only) => ({ ...only, ...change })) }
      : each,
  );
  return { ...cluster, pods: read(pods, cluster.pods.at) };
}
