import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../../src/kubernetes/cluster.ts";
import { generatedFleet } from "../../../../src/sandbox/cluster/generated.ts";
import { homelabFleet } from "../../../../src/sandbox/cluster/homelab.ts";
import { planFleet } from "../../../../src/sandbox/cluster/plan.ts";
import { parseLabelSelector } from "../../../../src/status/label-selector.ts";
import { selectorsOf } from "../../../../src/status/shapes.ts";
import { clusterBed } from "../../../support/embedded-cluster.ts";

const { signal } = new AbortController();
const Mi = 2 ** 20;
const percent = (part: number | undefined, whole: number | undefined): number => Math.round((100 * (part ?? Number.NaN)) / (whole ?? Number.NaN));

async function memoryByPod(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const usage = await cluster.podUsage(signal);
  return new Map(
    usage.map(({ namespace, pod, containers }) => [
      `${namespace}/${pod}`,
      Object.values(containers).reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0) / Mi,
    ]),
  );
}

describe("the plan's cluster", () => {
  test("has the nodes as full as they were", async () => {
    await using bed = await clusterBed();
    const [nodes, usage] = await Promise.all([bed.cluster.listNodes(signal), bed.cluster.nodeUsage(signal)]);
    const used = new Map(usage.map((each) => [each.node, each.usage]));
    const shown = nodes.map(({ name, allocatable }) => {
      const now = used.get(name);
      return [name, percent(now?.cpuMillicores, allocatable.cpuMillicores), percent(now?.memoryBytes, allocatable.memoryBytes)];
    });
    expect(shown).toEqual([
      ["efur", 10, 51],
      ["ofem", 6, 32],
      ["uzig", 19, 94],
    ]);
  });

  test("has on uzig what was found there, and no node's pods use more than the node", async () => {
    await using bed = await clusterBed();
    const [pods, memory, usage] = await Promise.all([bed.cluster.listPods(signal), memoryByPod(bed.cluster), bed.cluster.nodeUsage(signal)]);
    const on = (node: string) =>
      pods.filter((pod) => pod.node === node).map((pod) => [`${pod.namespace}/${pod.name}`, memory.get(`${pod.namespace}/${pod.name}`) ?? 0] as const);
    const biggest = on("uzig")
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, 4);
    expect(biggest.map(([, used]) => used)).toEqual([682, 582, 499, 327]);
    expect(biggest.map(([pod]) => pod.replace(/-[0-9a-z]+(-[0-9a-z]{5})?$/u, ""))).toEqual([
      "monitoring/grafana",
      "matrix-t0rt1k/chat-matrix",
      "monitoring/prometheus-stack",
      "monitoring/victoria-metrics",
    ]);
    expect(on("uzig").filter(([pod]) => pod.includes("postgresql"))).toHaveLength(3);
    expect(on("uzig").filter(([pod]) => pod.includes("redis"))).toHaveLength(3);
    expect(on("uzig").filter(([pod]) => pod.includes("livekit-sfu"))).toHaveLength(3);
    expect(on("efur").filter(([pod]) => pod.includes("mas-postgresql"))).toHaveLength(2);
    for (const { node, usage: whole } of usage) {
      const sum = on(node).reduce((total, [, used]) => total + used, 0);
      expect(sum).toBeLessThan((whole.memoryBytes ?? 0) / Mi);
    }
  });

  test("still has the pod of the migration that failed", async () => {
    await using bed = await clusterBed();
    const [pod] = (await bed.cluster.listPods(signal, { namespace: "matrix-t0rt1k" })).filter((each) => each.owner === "Job/mas-syn2mas");
    expect(pod).toMatchObject({ phase: "Failed", ready: false, containers: [{ lastTermination: { reason: "Error", exitCode: 1 } }] });
  });
});

describe("the homeservers", () => {
  const found = (fleet: typeof planFleet, namespace: string, shape: "ess" | "matrix-chart") =>
    Object.entries(selectorsOf({ shape })).map(([part, selector]) => {
      const fits = parseLabelSelector(selector?.labels ?? "x");
      return [part, fleet.pods.filter((pod) => pod.namespace === namespace && pod.failed !== true && fits(pod.labels)).length];
    });

  test.each(["t0rt1k", "roglog", "uretra"])("%s is found part by part by the selectors of its chart", (name) => {
    expect(Object.fromEntries(found(planFleet, `matrix-${name}`, "matrix-chart"))).toEqual({
      synapse: 1,
      mas: 1,
      postgres: 1,
      masPostgres: 1,
      redis: 1,
      rtc: 2,
      elementWeb: 1,
    });
  });

  test("mrt0rtikize is found part by part by the selectors of ESS", () => {
    expect(Object.fromEntries(found(homelabFleet, "matrix-mrt0rtikize", "ess"))).toMatchObject({
      synapse: 1,
      mas: 1,
      postgres: 1,
      rtc: 2,
      ingress: 1,
      elementWeb: 1,
      hookshot: 1,
    });
  });
});

describe("a generated cluster", () => {
  test("is as big as it was asked to be, the same each time, and each pod has a node", () => {
    const fleet = generatedFleet({ nodes: 50, pods: 700 });
    expect(fleet).toEqual(generatedFleet({ nodes: 50, pods: 700 }));
    expect([fleet.nodes.length, fleet.pods.length]).toEqual([50, 700]);
    const nodes = new Set(fleet.nodes.map((node) => node.name));
    expect(fleet.pods.every((pod) => nodes.has(pod.node))).toBe(true);
    expect(new Set(fleet.pods.map((pod) => `${pod.namespace}/${pod.name}`)).size).toBe(700);
  });
});
