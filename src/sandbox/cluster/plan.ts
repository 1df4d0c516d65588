/**
 * A crowded production cluster: three nodes of 2 CPU and 6 GB, three homeservers installed with the older `matrix` chart, and a monitoring stack
 * that shares a node with the busiest of them.
 */
import { daemonPod, deploymentPod, statefulPod, type Fleet } from "./fleet.ts";
import type { ContainerSpec, NodeSpec, PodSpec } from "./spec.ts";

/** 6 GB less what the provider keeps for the system. */
const allocatableMi = 4300;
const allocatableMillicores = 1930;

const node = (name: string, cpuShare: number, memoryShare: number): NodeSpec => ({
  name,
  allocatableMi,
  allocatableMillicores,
  usedMi: Math.round(allocatableMi * memoryShare),
  usedMillicores: Math.round(allocatableMillicores * cpuShare),
});

const nodes = [node("ofem", 0.06, 0.32), node("uzig", 0.19, 0.94), node("efur", 0.1, 0.51)];

const name = "app.kubernetes.io/name";
const instance = "app.kubernetes.io/instance";
const component = "app.kubernetes.io/component";
const container = (named: string, image: string, usedMi: number, limits: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name: named,
  image,
  usedMi,
  ...limits,
});

interface Homeserver {
  readonly short: string;
  readonly synapseNode: string;
  readonly synapseMi: number;
  readonly postgresMi: number;
  readonly masPostgresNode: string;
}

const homeservers: readonly Homeserver[] = [
  { short: "t0rt1k", synapseNode: "uzig", synapseMi: 582, postgresMi: 312, masPostgresNode: "ofem" },
  { short: "roglog", synapseNode: "efur", synapseMi: 134, postgresMi: 168, masPostgresNode: "efur" },
  { short: "uretra", synapseNode: "efur", synapseMi: 137, postgresMi: 171, masPostgresNode: "efur" },
];

/** One homeserver: releases `chat` (Synapse, PostgreSQL, Element), `mas` and `rtc`, as their charts name and label them. */
function homeserverPods({ short, synapseNode, synapseMi, postgresMi, masPostgresNode }: Homeserver): readonly PodSpec[] {
  const namespace = `matrix-${short}`;
  const at = (where: string) => ({ namespace, node: where });
  const chat = { [name]: "matrix", [instance]: "chat" };
  const mas = { [name]: "mas", [instance]: "mas" };
  return [
    deploymentPod(at(synapseNode), "chat-matrix", chat, container("matrix", "matrixdotorg/synapse:v1.150.0", synapseMi, { requestMi: 200, limitMi: 1024 })),
    statefulPod(
      at("uzig"),
      "chat-postgresql",
      { [name]: "postgresql", [instance]: "chat", [component]: "primary" },
      container("postgresql", "bitnamilegacy/postgresql:16.6.0", postgresMi, { requestMi: 128, limitMi: 512 }),
    ),
    deploymentPod(at("ofem"), "chat-element", { [name]: "element", [instance]: "chat" }, container("element", "vectorim/element-web:v1.12.3", 12)),
    deploymentPod(at("efur"), "mas", mas, container("mas", "ghcr.io/element-hq/matrix-authentication-service:1.14.0", 41, { limitMi: 256 })),
    deploymentPod(at(masPostgresNode), "mas-postgresql", { ...mas, [component]: "postgresql" }, container("postgresql", "bitnamilegacy/postgresql:16.4.0", 58)),
    deploymentPod(at("uzig"), "livekit-sfu", { [name]: "livekit-server", [instance]: "rtc" }, container("livekit", "livekit/livekit-server:v1.9.0", 57)),
    deploymentPod(at("uzig"), "livekit-redis", { [name]: "rtc", [instance]: "rtc", [component]: "redis" }, container("redis", "redis:7.4", 9)),
    deploymentPod(
      at("efur"),
      "lk-jwt-service",
      { [name]: "rtc", [instance]: "rtc", [component]: "lk-jwt-service" },
      container("lk-jwt-service", "ghcr.io/element-hq/lk-jwt-service:0.3.0", 8),
    ),
    deploymentPod(at("ofem"), "well-known", { [name]: "static-wellknown", [instance]: "chat" }, container("nginx", "nginx:1.29", 6)),
  ];
}

const monitoring = (where: string) => ({ namespace: "monitoring", node: where });
const others: readonly PodSpec[] = [
  deploymentPod(monitoring("uzig"), "grafana", { [name]: "grafana" }, container("grafana", "grafana/grafana:12.2.0", 682)),
  statefulPod(monitoring("uzig"), "prometheus-stack", { [name]: "prometheus" }, container("prometheus", "prom/prometheus:v3.7.0", 499)),
  statefulPod(
    monitoring("uzig"),
    "victoria-metrics",
    { [name]: "victoria-metrics-single" },
    container("victoria-metrics", "victoriametrics/victoria-metrics:v1.128.0", 327),
  ),
  statefulPod(monitoring("uzig"), "alertmanager-stack", { [name]: "alertmanager" }, container("alertmanager", "prom/alertmanager:v0.28.1", 38)),
  statefulPod(monitoring("efur"), "loki", { [name]: "loki" }, container("loki", "grafana/loki:3.5.0", 304)),
  deploymentPod(monitoring("ofem"), "alloy", { [name]: "alloy" }, container("alloy", "grafana/alloy:v1.11.0", 212)),
  deploymentPod({ namespace: "traefik", node: "uzig" }, "traefik", { [name]: "traefik" }, container("traefik", "traefik:v3.5.0", 96)),
  deploymentPod(
    { namespace: "cert-manager", node: "efur" },
    "cert-manager",
    { [name]: "cert-manager" },
    container("cert-manager", "quay.io/jetstack/cert-manager-controller:v1.18.0", 44),
  ),
  deploymentPod(
    { namespace: "cert-manager", node: "ofem" },
    "cert-manager-cainjector",
    { [name]: "cainjector" },
    container("cainjector", "quay.io/jetstack/cert-manager-cainjector:v1.18.0", 61),
  ),
  deploymentPod({ namespace: "kube-system", node: "efur" }, "coredns", { "k8s-app": "kube-dns" }, container("coredns", "coredns/coredns:1.12.0", 28)),
  deploymentPod(
    { namespace: "matrix-t0rt1k", node: "ofem" },
    "element-call",
    { [name]: "element-call" },
    container("element-call", "ghcr.io/element-hq/element-call:v0.16.0", 10),
  ),
  deploymentPod(
    { namespace: "matrix-roglog", node: "ofem" },
    "element-call",
    { [name]: "element-call" },
    container("element-call", "ghcr.io/element-hq/element-call:v0.16.0", 10),
  ),
  {
    namespace: "matrix-t0rt1k",
    node: "efur",
    name: "mas-syn2mas-x7k2p",
    labels: { "batch.kubernetes.io/job-name": "mas-syn2mas", "job-name": "mas-syn2mas" },
    containers: [container("syn2mas", "ghcr.io/element-hq/matrix-authentication-service:1.14.0", 0)],
    owner: { kind: "Job", name: "mas-syn2mas" },
    failed: true,
  },
];

const system = nodes.flatMap(({ name: at }) => [
  daemonPod({ namespace: "kube-system", node: at }, "calico-node", container("calico-node", "calico/node:v3.29.0", 142)),
  daemonPod({ namespace: "kube-system", node: at }, "kube-proxy", container("kube-proxy", "kube-proxy:v1.32.1", 38)),
  daemonPod({ namespace: "monitoring", node: at }, "node-exporter", container("node-exporter", "prom/node-exporter:v1.9.1", 19)),
]);

export const planFleet: Fleet = { name: "prod", nodes, pods: [...homeservers.flatMap(homeserverPods), ...others, ...system], cloudNativePg: undefined };
