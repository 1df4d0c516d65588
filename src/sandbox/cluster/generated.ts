/** A cluster of any size, the same for the same numbers. The plan's homeservers stand in it, so that a configuration fits both. */
import { planFleet } from "./plan.ts";
import type { Fleet } from "./fleet.ts";
import type { NodeSpec, PodSpec } from "./spec.ts";

export interface FleetSize {
  readonly nodes: number;
  readonly pods: number;
}

export function generatedFleet(size: FleetSize): Fleet {
  const matrix = planFleet.pods.filter((pod) => pod.namespace.startsWith("matrix-")).slice(0, size.pods);
  const count = Math.max(1, size.nodes);
  const width = String(count).length;
  const nodeName = (n: number): string => `node-${String(n % count).padStart(width, "0")}`;
  const placed = matrix.map((pod, n): PodSpec => ({ ...pod, node: nodeName(n) }));
  const generated = Array.from({ length: size.pods - placed.length }, (_, n): PodSpec => ({
    namespace: `team-${n % 40}`,
    name: `app-${n % 400}-${n}`,
    node: nodeName(n),
    labels: { app: `app-${n % 400}` },
    containers: [{ name: "app", image: `registry.example/app-${n % 400}:1.${n % 9}`, usedMi: 60 + ((n * 37) % 240), requestMi: 64, limitMi: 512 }],
    owner: { kind: "StatefulSet", name: `app-${n % 400}` },
  }));
  const pods = [...placed, ...generated];
  const used = new Map<string, number>();
  for (const pod of pods) used.set(pod.node, (used.get(pod.node) ?? 0) + pod.containers.reduce((sum, each) => sum + each.usedMi, 0));
  const nodes = Array.from({ length: count }, (_, n): NodeSpec => {
    const usedMi = 400 + (used.get(nodeName(n)) ?? 0);
    return {
      name: nodeName(n),
      allocatableMi: Math.max(4300, Math.round(usedMi * (1.1 + (n % 7) / 10))),
      allocatableMillicores: 4000,
      usedMi,
      usedMillicores: 200 + ((n * 13) % 2000),
    };
  });
  return { name: "prod", nodes, pods, cloudNativePg: undefined };
}
