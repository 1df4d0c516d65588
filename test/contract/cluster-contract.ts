/**
 * What `!status` relies on in a Kubernetes API, through Opsroom's own client. The same assertions run on the embedded one and on a real one, so that
 * the embedded one cannot drift away from what it stands for.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cluster } from "../../src/kubernetes/cluster.ts";
import type { ClusterError } from "../../src/kubernetes/errors.ts";

export interface ContractCluster {
  readonly cluster: Cluster;
  readonly nodes: readonly string[];
  /** A running pod with a memory limit, by the beginning of its name. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly container: string; readonly labelSelector: string; readonly limitBytes: number };
  /** The workload that made it; `undefined` where it was made by hand. */
  readonly workload: { readonly kind: "Deployment" | "StatefulSet"; readonly name: string } | undefined;
  /** A pod that was killed for its memory. */
  readonly killed: { readonly namespace: string; readonly name: string };
  readonly cnpg: boolean;
  readonly close: () => Promise<void>;
}

const Mi = 2 ** 20;
const never = new AbortController().signal;
const clockSkewMs = 5 * 60_000;

export function clusterContract(name: string, open: () => Promise<ContractCluster>): void {
  describe(`a cluster (${name})`, () => {
    let found: ContractCluster;
    beforeAll(async () => {
      found = await open();
    });
    afterAll(async () => {
      await found.close();
    });

    test("has its nodes, ready, with what can be allocated on them", async () => {
      const nodes = await found.cluster.listNodes(never);
      expect(nodes.map((node) => node.name)).toEqual(expect.arrayContaining([...found.nodes]));
      for (const node of nodes) {
        expect(node).toMatchObject({ ready: true, unschedulable: false, pressures: [] });
        expect(node.allocatable.cpuMillicores).toBeGreaterThan(100);
        expect(node.allocatable.memoryBytes).toBeGreaterThan(256 * Mi);
      }
    });

    test("has the pod, on a node, with its limit and labels", async () => {
      const pods = await found.cluster.listPods(never);
      const pod = pods.find((each) => each.namespace === found.pod.namespace && each.name.startsWith(found.pod.name));
      expect(pod).toMatchObject({ phase: "Running", ready: true, terminating: false });
      expect(found.nodes).toContain(pod?.node);
      expect(Object.keys(pod?.labels ?? {}).length).toBeGreaterThan(0);
      const container = pod?.containers.find((each) => each.name === found.pod.container);
      expect(container).toMatchObject({ ready: true, waitingReason: undefined });
      expect(container?.image).not.toBe("");
      expect(container?.limits.memoryBytes).toBe(found.pod.limitBytes);
      expect(pod?.owner).toBe(found.workload === undefined ? undefined : `${found.workload.kind}/${found.workload.name}`);
    });

    test("narrows pods and their figures to a namespace and a selector", async () => {
      const { namespace, labelSelector } = found.pod;
      const all = await found.cluster.listPods(never);
      const narrow = await found.cluster.listPods(never, { namespace, labelSelector });
      expect(narrow.length).toBeGreaterThan(0);
      expect(narrow.length).toBeLessThan(all.length);
      expect(narrow.every((pod) => pod.namespace === namespace)).toBe(true);
      expect(await found.cluster.listPods(never, { namespace: "no-such-namespace" })).toEqual([]);
      const figures = await found.cluster.podUsage(never, { namespace, labelSelector });
      expect(figures.map((each) => each.pod).every((pod) => narrow.some((each) => each.name === pod))).toBe(true);
    });

    test("refuses a selector that is none", async () => {
      await expect(found.cluster.listPods(never, { labelSelector: "a in b" })).rejects.toMatchObject({ failure: "bad-answer" } satisfies Partial<ClusterError>);
    });

    test("has figures of each node and of the pod, measured lately", async () => {
      const [nodes, pods] = await Promise.all([found.cluster.nodeUsage(never), found.cluster.podUsage(never)]);
      expect(nodes.map((each) => each.node).toSorted()).toEqual([...found.nodes].toSorted());
      for (const { usage, at } of nodes) {
        expect(usage.memoryBytes).toBeGreaterThan(16 * Mi);
        expect(usage.cpuMillicores).toBeGreaterThan(0);
        expect(Math.abs(Date.now() - (at ?? 0))).toBeLessThan(clockSkewMs);
      }
      const pod = pods.find((each) => each.namespace === found.pod.namespace && each.pod.startsWith(found.pod.name));
      expect(pod?.containers[found.pod.container]?.memoryBytes).toBeGreaterThan(0);
      expect(pod?.at).toBeDefined();
    });

    test("has the workload that made the pod", async () => {
      const workloads = await found.cluster.listWorkloads(never, found.pod.namespace);
      const wanted = found.workload === undefined ? [] : [{ ...found.workload, namespace: found.pod.namespace, replicas: 1, readyReplicas: 1 }];
      const made = workloads.filter((each) => each.name === found.workload?.name && each.kind === found.workload.kind);
      expect(made).toMatchObject(wanted);
    });

    test("tells a PostgreSQL cluster's phase, or that nobody serves them", async () => {
      const told = await found.cluster.listPostgresClusters(never, "cnpg").catch((error: unknown) => error);
      expect(told).toMatchObject(
        found.cnpg
          ? [{ namespace: "cnpg", phase: "Cluster in healthy state", instances: 3, readyInstances: 3 }]
          : ({ failure: "not-served" } satisfies Partial<ClusterError>),
      );
    });

    test("tells of a pod that it was killed for its memory", async () => {
      const { namespace, name: begins } = found.killed;
      const pod = (await found.cluster.listPods(never, { namespace })).find((each) => each.name.startsWith(begins));
      expect(pod?.containers.map((each) => each.lastTermination?.reason)).toContain("OOMKilled");
      expect(Math.max(...(pod?.containers.map((each) => each.restarts) ?? []))).toBeGreaterThan(0);
    });
  });
}
