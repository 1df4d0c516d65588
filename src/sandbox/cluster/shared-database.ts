/** The new cluster: CloudNativePG with one database cluster for all homeservers, none of which has moved in yet. */
import { daemonPod, deploymentPod, type Fleet } from "./fleet.ts";
import type { NodeSpec, PodSpec } from "./spec.ts";

const nodes = ["alfa", "bravo", "delta"].map((name, at): NodeSpec => ({
  name,
  allocatableMi: 13_200,
  allocatableMillicores: 3920,
  usedMi: 2400 + 180 * at,
  usedMillicores: 260 + 15 * at,
}));

const instance = (node: string, at: number): PodSpec => ({
  namespace: "cnpg",
  name: `shared-pg-${at + 1}`,
  node,
  labels: { "cnpg.io/cluster": "shared-pg", "cnpg.io/podRole": "instance", "cnpg.io/instanceRole": at === 0 ? "primary" : "replica" },
  containers: [{ name: "postgres", image: "ghcr.io/cloudnative-pg/postgresql:18.0", usedMi: 212 - 30 * at, requestMi: 512, limitMi: 2048 }],
});

export const newFleet: Fleet = {
  name: "new",
  nodes,
  pods: [
    ...nodes.map(({ name }, at) => instance(name, at)),
    deploymentPod(
      { namespace: "cnpg-system", node: "alfa" },
      "cnpg-cloudnative-pg",
      { "app.kubernetes.io/name": "cloudnative-pg" },
      { name: "manager", image: "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0", usedMi: 64, requestMi: 100, limitMi: 256 },
    ),
    ...nodes.map(({ name }) =>
      daemonPod({ namespace: "kube-system", node: name }, "kube-proxy", { name: "kube-proxy", image: "kube-proxy:v1.34.1", usedMi: 36 }),
    ),
  ],
  postgresClusters: [{ namespace: "cnpg", name: "shared-pg", instances: 3, readyInstances: 3, phase: "Cluster in healthy state" }],
};
