/** What needs a Kubernetes. What needs none goes on beside it. */
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { openCluster } from "../../src/kubernetes/open.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { clusterContract } from "../contract/cluster-contract.ts";
import { formatsContract } from "../contract/cluster-contract-formats.ts";
import { objectsContract } from "../contract/cluster-contract-objects.ts";
import { clusterScenarios } from "./cluster-trouble.ts";
import { conversationScenarios } from "./conversation.ts";
import { processScenarios } from "./process.ts";
import { openRealBed, type RealBed } from "./real-bed.ts";

let bed: RealBed | undefined;
const opened = (): RealBed => {
  if (bed === undefined) throw new Error("the bed is not open");
  return bed;
};

beforeAll(async () => {
  bed = await openRealBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

clusterContract("Kubernetes", async () => {
  const { cluster: given } = opened();
  const { namespace } = given.homeserver;
  const access = { kind: "kubeconfig", file: given.kubeconfig, context: given.context } as const;
  const cluster = await openCluster(
    { name: "real", access, deadlineMs: 10_000 },
    { clock: systemClock, random: Math.random, metrics: createMetrics(systemClock.now) },
  );
  await given.killByMemory();
  return {
    cluster,
    nodes: [given.node],
    pod: { namespace, name: "chat-matrix", container: "matrix", labelSelector: "app.kubernetes.io/name in (matrix),!nothing", limitBytes: 512 * 2 ** 20 },
    workload: undefined,
    killed: { namespace, name: "chat-matrix-worker" },
    cnpg: false,
    close: async () => cluster[Symbol.dispose](),
  };
});
formatsContract("Kubernetes", async () => opened().cluster);
// Without CloudNativePG: backups.real.test.ts asks for that.
objectsContract("Kubernetes", async () => ({
  kubeconfig: opened().adminKubeconfig,
  namespace: "default",
  cnpg: false,
  shell: { namespace: opened().cluster.homeserver.namespace, pod: "chat-matrix", container: "matrix" },
  close: async () => undefined,
}));
conversationScenarios(opened);
clusterScenarios(opened);
processScenarios(opened);
