import { describe, expect, test } from "vitest";
import { nodeRecord, nodeUsage, podRecord, podUsage, postgresClusterRecord, workloadRecord } from "../../../src/kubernetes/records.ts";

const owned = (kind: string, name: string, labels: Readonly<Record<string, string>> = {}) => ({
  metadata: {
    namespace: "a",
    name: "x",
    labels,
    ownerReferences: [
      { kind: "Node", name: "other" },
      { kind, name, controller: true },
    ],
  },
});
const status = (type: string, is: string) => ({ type, status: is });

describe("a node", () => {
  test("that the controller has given up on is neither ready nor not ready", () => {
    const conditions = ["MemoryPressure", "Ready"].map((type) => status(type, "Unknown"));
    expect(nodeRecord({ metadata: { name: "uzig" }, status: { conditions } })).toMatchObject({ ready: undefined, pressures: [] });
  });

  test("tells pressures, cordoning and what it can allocate", () => {
    const conditions = [status("MemoryPressure", "True"), status("DiskPressure", "False"), status("PIDPressure", "True"), status("Ready", "False")];
    const node = { metadata: { name: "uzig" }, spec: { unschedulable: true }, status: { conditions, allocatable: { cpu: "1930m", memory: "4403200Ki" } } };
    expect(nodeRecord(node)).toEqual({
      name: "uzig",
      ready: false,
      unschedulable: true,
      pressures: ["MemoryPressure", "PIDPressure"],
      allocatable: { cpuMillicores: 1930, memoryBytes: 4300 * 2 ** 20 },
    });
  });

  test("whose figures are missing or unreadable has none, not 0", () => {
    expect(nodeRecord({ metadata: { name: "uzig" }, status: { allocatable: { memory: "much" } } })?.allocatable).toEqual({
      cpuMillicores: undefined,
      memoryBytes: undefined,
    });
    expect(nodeUsage({ metadata: { name: "uzig" } })).toEqual({ node: "uzig", usage: { cpuMillicores: undefined, memoryBytes: undefined }, at: undefined });
  });
});

describe("a pod", () => {
  const containers = [{ name: "synapse", image: "synapse:v1", resources: { limits: { memory: "1Gi" }, requests: { cpu: "100m" } } }];
  const pod = (containerStatus: object) => ({
    ...owned("StatefulSet", "ess-synapse-main"),
    spec: { nodeName: "uzig", containers },
    status: {
      phase: "Running",
      containerStatuses: [
        { name: "other", restartCount: 9 },
        { name: "synapse", ...containerStatus },
      ],
    },
  });
  const killed = { reason: "OOMKilled", exitCode: 137, finishedAt: "2026-06-12T15:20:00Z" };
  const finishedAt = Date.UTC(2026, 5, 12, 15, 20);

  test("that was killed for its memory and runs again says so", () => {
    const [container] = podRecord(pod({ restartCount: 3, ready: true, state: { running: {} }, lastState: { terminated: killed } }))?.containers ?? [];
    expect(container).toEqual({
      name: "synapse",
      image: "synapse:v1",
      requests: { cpuMillicores: 100, memoryBytes: undefined },
      limits: { cpuMillicores: undefined, memoryBytes: 2 ** 30 },
      ready: true,
      restarts: 3,
      waitingReason: undefined,
      lastTermination: { reason: "OOMKilled", exitCode: 137, finishedAt },
    });
  });

  test("that has ended and not been started again tells that end, not the one before", () => {
    const state = { restartCount: 1, state: { terminated: killed }, lastState: { terminated: { ...killed, reason: "Error" } } };
    expect(podRecord(pod(state))?.containers[0]?.lastTermination?.reason).toBe("OOMKilled");
  });

  test("that crashes again and again tells what it waits for and how it ended", () => {
    const state = { restartCount: 7, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 1 } } };
    expect(podRecord(pod(state))?.containers[0]).toMatchObject({ waitingReason: "CrashLoopBackOff", lastTermination: { reason: "Error", exitCode: 1 } });
  });

  test("has its side-cars among its containers, and not what only ran before", () => {
    const initContainers = [{ name: "migrate" }, { name: "proxy", restartPolicy: "Always" }];
    const record = podRecord({
      ...owned("Job", "x"),
      spec: { containers, initContainers },
      status: { initContainerStatuses: [{ name: "proxy", restartCount: 2 }] },
    });
    expect(record?.containers.map(({ name, restarts }) => [name, restarts])).toEqual([
      ["synapse", 0],
      ["proxy", 2],
    ]);
  });

  test.each([
    ["ReplicaSet", "chat-matrix-6b7c9d", { "pod-template-hash": "6b7c9d" }, "Deployment/chat-matrix"],
    ["ReplicaSet", "by-hand", {}, "ReplicaSet/by-hand"],
    ["StatefulSet", "ess-synapse-main", {}, "StatefulSet/ess-synapse-main"],
    ["Job", "mas-syn2mas", {}, "Job/mas-syn2mas"],
  ])("of %s %s is known by who made it", (kind, name, labels, expected) => {
    expect(podRecord(owned(kind, name, labels))?.owner).toBe(expected);
  });

  test("that no node takes, and one that is being deleted", () => {
    expect(podRecord({ metadata: { namespace: "a", name: "x" }, status: { phase: "Pending" } })).toMatchObject({
      node: undefined,
      ready: false,
      terminating: false,
      containers: [],
    });
    expect(podRecord({ metadata: { namespace: "a", name: "x", deletionTimestamp: "2026-06-12T15:20:00Z" } })).toMatchObject({
      terminating: true,
      phase: "Unknown",
    });
  });

  test("has its usage by container, with the time", () => {
    const usage = {
      metadata: { namespace: "a", name: "x" },
      timestamp: "2026-06-12T15:20:00Z",
      containers: [{ name: "synapse", usage: { cpu: "12345678n", memory: "596000Ki" } }],
    };
    expect(podUsage(usage)).toEqual({
      namespace: "a",
      pod: "x",
      at: finishedAt,
      containers: { synapse: { cpuMillicores: 12.345_678, memoryBytes: 610_304_000 } },
    });
  });
});

describe("a workload", () => {
  test("without a number wants one, as the API has it, and counts none ready that is not told", () => {
    expect(workloadRecord("Deployment")({ metadata: { namespace: "a", name: "x" } })).toMatchObject({ kind: "Deployment", replicas: 1, readyReplicas: 0 });
  });
});

describe("a PostgreSQL cluster", () => {
  const cluster = (state: object) => postgresClusterRecord({ metadata: { namespace: "cnpg", name: "shared-pg" }, spec: { instances: 3 }, status: state });

  test("whose instances are all down has 0 ready, since the operator leaves that out", () => {
    expect(cluster({ instances: 3, phase: "Failing over" })).toMatchObject({ instances: 3, readyInstances: 0, phase: "Failing over" });
  });

  test("of which nothing is said yet has an unknown number ready", () => {
    expect(cluster({})).toMatchObject({ readyInstances: undefined, phase: undefined, currentPrimary: undefined });
  });
});

test("what has no name is left out", () => {
  for (const read of [nodeRecord, podRecord, nodeUsage, podUsage, postgresClusterRecord, workloadRecord("Deployment")]) {
    for (const item of [null, 7, "pod", [], {}, { metadata: null }, { metadata: { name: 7 } }]) expect(read(item)).toBeUndefined();
  }
});
