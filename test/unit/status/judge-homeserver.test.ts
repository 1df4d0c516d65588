import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ContainerRecord, PodRecord } from "../../../src/kubernetes/cluster.ts";
import type { ClusterFacts, HomeserverFacts } from "../../../src/status/facts.ts";
import { judge } from "../../../src/status/judge.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import { failed, homelab, homeserver, Mi, now, read, specs, withContainer } from "../../support/plan-fleet.ts";

const judged = (cluster: ClusterFacts, facts: HomeserverFacts = homeserver(specs.mrt0rtikize)) => {
  const found = judge({ clusters: [cluster], homeservers: [facts] }, defaultThresholds, now).homeservers[0];
  if (found === undefined) throw new Error("no verdict");
  return found;
};
const main = (change: Partial<ContainerRecord>, podChange: Partial<PodRecord> = {}) =>
  judged(withContainer(homelab, "matrix-mrt0rtikize", "ess-synapse-main", change, podChange));
const ended = (reason: string, ago: number | undefined) => ({
  restarts: 3,
  lastTermination: { reason, exitCode: 137, finishedAt: ago === undefined ? undefined : now - ago },
});
const withMemory = (memoryMi: number): ClusterFacts => ({
  ...homelab,
  podUsage: read([
    {
      namespace: "matrix-mrt0rtikize",
      pod: "ess-synapse-main-0",
      containers: { synapse: { cpuMillicores: 10, memoryBytes: memoryMi * Mi }, sidecar: { cpuMillicores: 1, memoryBytes: 9e9 } },
      at: now,
    },
  ]),
});

test("a homeserver that is well is found with all its parts", () => {
  const verdict = judged(homelab);
  expect(verdict).toMatchObject({
    severity: "ok",
    problems: [],
    memory: 402 * Mi,
    memoryLimit: 4096 * Mi,
    replicas: { ready: 1, wanted: 1 },
    imageVersion: "1.157.2",
    reachable: true,
    node: "oracle",
    restarts: 0,
  });
  expect(verdict.pods.map((pod) => pod.part).toSorted()).toEqual(["elementWeb", "ingress", "mas", "postgres", "rtc", "synapse", "workers"]);
});

test("OOM-killed a short while ago is critical, long ago is history", () => {
  expect(main(ended("OOMKilled", 300_000))).toMatchObject({ severity: "critical", problems: [{ kind: "oom-killed", part: "synapse", restarts: 3 }] });
  expect(main(ended("OOMKilled", 7 * 3_600_000))).toMatchObject({ severity: "ok" });
  expect(main(ended("OOMKilled", undefined))).toMatchObject({ severity: "warning", problems: [{ kind: "oom-killed" }] });
});

test("another restart within the hour is a warning", () => {
  expect(main(ended("Error", 3_500_000))).toMatchObject({ severity: "warning", problems: [{ kind: "restarted", reason: "Error" }] });
  expect(main(ended("Error", 3_700_000)).severity).toBe("ok");
});

test("a part that is OOM-killed without stopping the homeserver is a warning", () => {
  const verdict = judged(withContainer(homelab, "matrix-mrt0rtikize", "ess-element-web", ended("OOMKilled", 1000)));
  expect(verdict).toMatchObject({ severity: "warning", problems: [{ kind: "oom-killed", part: "elementWeb" }] });
});

test("a container that crashes again and again, a pod that no node takes", () => {
  expect(main({ waitingReason: "CrashLoopBackOff" })).toMatchObject({ severity: "critical", problems: [{ kind: "waiting", reason: "CrashLoopBackOff" }] });
  expect(main({ waitingReason: "ContainerCreating" }).severity).toBe("ok");
  expect(main({}, { phase: "Pending", node: undefined })).toMatchObject({ severity: "critical", problems: [{ kind: "waiting", reason: "no node takes it" }] });
});

test("memory is judged against the limit of Synapse's own container", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (memoryMi) => {
      const share = memoryMi / 4096;
      const { severity, memoryShare } = judged(withMemory(memoryMi));
      expect(memoryShare).toBe(share);
      expect(severity).toBe(share >= 0.9 ? "critical" : share >= 0.8 ? "warning" : "ok");
    }),
    { numRuns: 40 },
  );
});

test("without figures it is unknown, never well", () => {
  const verdict = judged({ ...homelab, podUsage: failed("homelab: pod metrics", "the server has no metrics API") });
  expect(verdict).toMatchObject({ severity: "unknown", memory: undefined, problems: [{ kind: "no-figures" }] });
});

test("without pods it is unknown and says why; with old ones it says how old", () => {
  expect(judged({ ...homelab, pods: failed("homelab: pods", "refused") })).toMatchObject({
    severity: "unknown",
    problems: [{ kind: "pods-unread", error: "refused" }],
  });
  const old = homelab.pods.ok ? { value: homelab.pods.value, at: now - 600_000 } : undefined;
  expect(judged({ ...homelab, pods: failed("homelab: pods", "refused", old) })).toMatchObject({
    severity: "unknown",
    problems: [{ kind: "no-figures", at: now - 600_000 }],
  });
});

test("scaled to 0 is down, and so is 0 of 1 ready", () => {
  const facts = homeserver(specs.mrt0rtikize);
  const workloads = (replicas: number, readyReplicas: number) => ({
    ...facts,
    workloads: read(
      (facts.workloads.ok ? facts.workloads.value : []).map((each) => (each.name === "ess-synapse-main" ? { ...each, replicas, readyReplicas } : each)),
    ),
  });
  expect(judged(homelab, workloads(0, 0))).toMatchObject({ severity: "critical", problems: [{ kind: "stopped", part: "synapse" }] });
  expect(judged(homelab, workloads(1, 0))).toMatchObject({ severity: "critical", problems: [{ kind: "not-ready", ready: 0, wanted: 1 }] });
  expect(judged(homelab, workloads(2, 1))).toMatchObject({ severity: "warning", problems: [{ kind: "not-ready", ready: 1, wanted: 2 }] });
});

test("selectors that fit nothing are said to fit nothing", () => {
  const lost = { ...specs.mrt0rtikize, selectors: { synapse: { labels: "app=nothing" } } };
  expect(judged(homelab, homeserver(lost)).problems[0]).toMatchObject({ severity: "unknown", kind: "not-found" });
});

test("not answering federation is a warning while Synapse is ready, and part of the outage when it is not", () => {
  const facts = { ...homeserver(specs.mrt0rtikize), federation: failed<never>("mrt0rtikize: federation", "connection refused") };
  expect(judged(homelab, facts)).toMatchObject({ severity: "warning", reachable: false, problems: [{ kind: "unreachable", error: "connection refused" }] });
  const stopped = { ...facts, workloads: read((facts.workloads.ok ? facts.workloads.value : []).map((each) => ({ ...each, replicas: 0, readyReplicas: 0 }))) };
  expect(judged(homelab, stopped).problems).toContainEqual({ severity: "critical", kind: "unreachable", error: "connection refused" });
});

test("an answer from another version than the image's is said", () => {
  const facts = { ...homeserver(specs.mrt0rtikize), federation: read({ software: "Synapse", version: "1.150.0 (b=main)" }) };
  expect(judged(homelab, facts)).toMatchObject({ severity: "warning", problems: [{ kind: "version-differs", image: "1.157.2", served: "1.150.0" }] });
});

test("its CloudNativePG cluster counts too", () => {
  const spec = { ...specs.mrt0rtikize, database: { cnpg: { namespace: "cnpg", cluster: "shared-pg" } } };
  const record = { namespace: "cnpg", name: "shared-pg", phase: "Cluster in healthy state", instances: 3, readyInstances: 3, currentPrimary: "shared-pg-1" };
  const verdict = (databases: HomeserverFacts["databases"]) => judged(homelab, { ...homeserver(specs.mrt0rtikize), spec, databases });
  expect(verdict(read([record]))).toMatchObject({ severity: "ok", database: { primary: "shared-pg-1" } });
  expect(verdict(read([{ ...record, readyInstances: 2 }]))).toMatchObject({ severity: "warning" });
  expect(verdict(read([{ ...record, phase: "Failing over" }]))).toMatchObject({ severity: "warning", problems: [{ kind: "database", phase: "Failing over" }] });
  expect(verdict(read([{ ...record, readyInstances: 0 }]))).toMatchObject({ severity: "critical" });
  expect(verdict(read([{ ...record, phase: undefined }]))).toMatchObject({ severity: "unknown" });
  expect(verdict(read([]))).toMatchObject({ severity: "critical", problems: [{ kind: "database-missing" }] });
  expect(verdict(failed("x", "forbidden"))).toMatchObject({ severity: "unknown", problems: [{ kind: "database-unread" }] });
});
