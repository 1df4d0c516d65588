/** A small k3s with one homeserver installed by Element Server Suite, release `ess`. */
import { daemonPod, deploymentPod, statefulPod, type Fleet } from "./fleet.ts";
import type { ContainerSpec, NodeSpec } from "./spec.ts";

const node = (name: string, usedShare: number): NodeSpec => ({
  name,
  allocatableMi: 7800,
  allocatableMillicores: 4000,
  usedMi: Math.round(7800 * usedShare),
  usedMillicores: 480,
});
const nodes = [node("oracle", 0.47), node("sentinel", 0.38)];

const labels = (component: string, name: string) => ({
  "app.kubernetes.io/part-of": "matrix-stack",
  "app.kubernetes.io/managed-by": "Helm",
  "app.kubernetes.io/component": component,
  "app.kubernetes.io/name": name,
});
const at = (where: string) => ({ namespace: "matrix-mrt0rtikize", node: where });
const container = (name: string, image: string, usedMi: number, limitMi?: number): ContainerSpec => ({
  name,
  image,
  usedMi,
  ...(limitMi === undefined ? {} : { requestMi: 100, limitMi }),
});

const pods = [
  statefulPod(at("oracle"), "ess-synapse-main", labels("matrix-server", "synapse-main"), container("synapse", "oci.element.io/synapse:v1.154.0", 241, 4096)),
  deploymentPod(
    at("oracle"),
    "ess-matrix-authentication-service",
    labels("matrix-authentication", "matrix-authentication-service"),
    container("matrix-authentication-service", "oci.element.io/matrix-authentication-service:1.21.0", 38, 350),
  ),
  statefulPod(
    at("sentinel"),
    "ess-postgres",
    labels("matrix-stack-db", "postgres"),
    container("postgres", "docker.io/library/postgres:17-alpine", 188, 4096),
    container("postgres-ess-updater", "docker.io/library/postgres:17-alpine", 4),
    container("postgres-exporter", "docker.io/prometheuscommunity/postgres-exporter:v0.18.1", 14),
  ),
  deploymentPod(at("oracle"), "ess-haproxy", labels("matrix-stack-ingress", "haproxy"), container("haproxy", "docker.io/library/haproxy:3.2-alpine", 33)),
  deploymentPod(at("sentinel"), "ess-element-web", labels("matrix-client", "element-web"), container("element-web", "oci.element.io/element-web:v1.12.20", 8)),
  deploymentPod(
    at("sentinel"),
    "ess-matrix-rtc-sfu",
    labels("matrix-rtc-voip-server", "matrix-rtc-sfu"),
    container("sfu", "docker.io/livekit/livekit-server:v1.9.0", 61, 4096),
  ),
  deploymentPod(
    at("sentinel"),
    "ess-matrix-rtc-authorisation-service",
    labels("matrix-rtc-authorisation-service", "matrix-rtc-authorisation-service"),
    container("matrix-rtc-authorisation-service", "oci.element.io/lk-jwt-service:0.4.1", 12),
  ),
  statefulPod(at("oracle"), "ess-hookshot", labels("matrix-integrations", "hookshot"), container("hookshot", "ghcr.io/matrix-org/matrix-hookshot:7.3.2", 118)),
  ...nodes.map(({ name }) =>
    daemonPod({ namespace: "longhorn-system", node: name }, "longhorn-manager", container("longhorn-manager", "longhornio/longhorn-manager:v1.9.1", 133)),
  ),
];

export const homelabFleet: Fleet = { name: "homelab", nodes, pods, cloudNativePg: undefined };
