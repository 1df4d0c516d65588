/** Opens one cluster by its configuration. Nothing is asked of it before the first question. */
import type { Clock } from "../clock.ts";
import type { Metrics } from "../observe/metrics.ts";
import { calls } from "./calls.ts";
import type { Cluster, NodeUsage, PodUsage } from "./cluster.ts";
import { openCredentials, type ClusterAccess } from "./credentials.ts";
import { ClusterError } from "./errors.ts";
import { readList, type ListNeeds } from "./list.ts";
import { openPrometheus, type PrometheusAccess } from "./prometheus.ts";
import { nodeRecord, nodeUsage, podRecord, podUsage, postgresClusterRecord, workloadRecord } from "./records.ts";
import { openTransport } from "./transport.ts";

export interface ClusterOptions {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Asked for figures where metrics.k8s.io is not served. */
  readonly prometheus?: PrometheusAccess;
  readonly deadlineMs: number;
}

export interface ClusterNeeds {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Pick<Metrics, "apiFailure">;
}

/** @throws OpsroomError when its credentials cannot be read */
export async function openCluster(
  { name, access, prometheus, deadlineMs }: ClusterOptions,
  { clock, random, metrics }: ClusterNeeds,
): Promise<Cluster & Disposable> {
  const transport = openTransport(await openCredentials(name, access));
  const needs: ListNeeds = { cluster: name, transport, clock, random, deadlineMs, onFailure: (kind) => metrics.apiFailure("kubernetes", kind) };
  const figures = prometheus === undefined ? undefined : openPrometheus(name, prometheus, deadlineMs);
  return {
    name,
    listNodes: (signal) => readList(needs, calls.nodes, {}, nodeRecord, signal),
    listPods: (signal, where = {}) => readList(needs, calls.pods, where, podRecord, signal),
    listWorkloads: async (signal, namespace) => {
      const [deployments, statefulSets] = await Promise.all([
        readList(needs, calls.deployments, { namespace }, workloadRecord("Deployment"), signal),
        readList(needs, calls.statefulSets, { namespace }, workloadRecord("StatefulSet"), signal),
      ]);
      return [...deployments, ...statefulSets];
    },
    listPostgresClusters: (signal, namespace) => readList(needs, calls.postgresClusters, { namespace }, postgresClusterRecord, signal),
    nodeUsage: (signal) =>
      unlessNotServed<readonly NodeUsage[]>(
        () => readList(needs, calls.nodeMetrics, {}, nodeUsage, signal),
        figures === undefined ? undefined : () => figures.nodeUsage(signal),
      ),
    podUsage: (signal, where = {}) =>
      unlessNotServed<readonly PodUsage[]>(
        () => readList(needs, calls.podMetrics, where, podUsage, signal),
        figures === undefined ? undefined : () => figures.podUsage(signal, where.namespace),
      ),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

async function unlessNotServed<T>(ask: () => Promise<T>, instead: (() => Promise<T>) | undefined): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (instead === undefined || !(error instanceof ClusterError) || error.failure !== "not-served") throw error;
    return instead();
  }
}
