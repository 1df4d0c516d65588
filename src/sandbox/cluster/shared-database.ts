/**
 * The new cluster: CloudNativePG with one database cluster for all homeservers, whose backups have never worked, since its schedule says something else than was
 * meant; and a well-made one beside it.
 */
import { daemonPod, type Fleet } from "./fleet.ts";
import { instancePods, trapped, wellBackedUp } from "./cnpg/history.ts";
import { operatorPod, pluginPod } from "./cnpg/installed.ts";
import type { NodeSpec } from "./spec.ts";

const nodes = ["alfa", "bravo", "delta"].map((name, at): NodeSpec => ({
  name,
  allocatableMi: 13_200,
  allocatableMillicores: 3920,
  usedMi: 2400 + 180 * at,
  usedMillicores: 260 + 15 * at,
}));
const names = nodes.map((node) => node.name);

const shared = { namespace: "cnpg", name: "shared-pg", instances: 3, nodes: names, usedMi: 212 };
// Nobody is at this address: `.test` is reserved, so that nothing in a sandbox asks a real store.
const good = { namespace: "databases", name: "good-pg", instances: 2, nodes: names, usedMi: 240, days: 14, endpoint: "https://s3.sandbox.test" };
const trappedForMs = 60 * 3_600_000;
/** Where drills restore to: it is there, and empty. */
export const drillNamespace = "opsroom-drill";

export const newFleet: Fleet = {
  name: "new",
  nodes,
  pods: [
    ...instancePods(shared),
    ...instancePods(good),
    operatorPod("alfa", "1.30.0"),
    pluginPod("bravo"),
    ...names.map((node) => daemonPod({ namespace: "kube-system", node }, "kube-proxy", { name: "kube-proxy", image: "kube-proxy:v1.34.1", usedMi: 36 })),
  ],
  cloudNativePg: {
    version: "1.30.0",
    plugin: true,
    objects: (now) => [
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: drillNamespace, labels: { "kubernetes.io/metadata.name": drillNamespace } },
        status: { phase: "Active" },
      },
      ...trapped(shared, shared.instances, trappedForMs, now),
      ...wellBackedUp(good, now),
    ],
  },
};
