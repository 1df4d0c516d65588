/** A cluster with as many PostgreSQL clusters as one likes, each well backed up, the same for the same numbers. */
import type { Fleet } from "./fleet.ts";
import { instancePods, wellBackedUp, type Good } from "./cnpg/history.ts";
import { operatorPod, pluginPod } from "./cnpg/installed.ts";
import type { NodeSpec } from "./spec.ts";

export interface DatabasesSize {
  readonly clusters: number;
  /** Of each cluster: one a day until now. */
  readonly backups: number;
}

export function generatedDatabases({ clusters, backups }: DatabasesSize): Fleet {
  const count = Math.max(3, Math.ceil(clusters / 10));
  const nodes = Array.from({ length: count }, (_, n): NodeSpec => ({
    name: `node-${n}`,
    allocatableMi: 13_200,
    allocatableMillicores: 3920,
    usedMi: 3200 + ((n * 97) % 4000),
    usedMillicores: 260 + ((n * 31) % 900),
  }));
  const all = Array.from({ length: clusters }, (_, n): Good => ({
    namespace: `team-${n % 40}`,
    name: `pg-${n}`,
    instances: 1,
    days: backups,
    nodes: [`node-${n % count}`],
    usedMi: 120 + ((n * 37) % 200),
    endpoint: "https://s3.sandbox.test",
  }));
  return {
    name: "databases",
    nodes,
    pods: [...all.flatMap(instancePods), operatorPod("node-0", "1.30.0"), pluginPod("node-1")],
    cloudNativePg: { version: "1.30.0", plugin: true, objects: (now) => all.flatMap((each) => wellBackedUp(each, now)) },
  };
}
