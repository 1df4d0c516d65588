/** Opens one cluster by its configuration. Nothing is asked of it before the first question. */
import type { Clock } from "../clock.ts";
import type { Metrics } from "../observe/metrics.ts";
import { calls } from "./calls.ts";
import type { Cluster, NodeUsage, PodUsage } from "./cluster.ts";
import { openCredentials, type ClusterAccess } from "./credentials.ts";
import { ClusterError } from "./errors.ts";
import { containerCommands } from "./exec.ts";
import { readList } from "./list.ts";
import { objectAccess, type ObjectNeeds } from "./objects-access.ts";
import type { ObjectAccess } from "./objects.ts";
import { openPrometheus, type PrometheusAccess } from "./prometheus.ts";
import { node, nodeMetrics, pod, podMetrics } from "./protobuf/kinds.ts";
import { nodeRecord, nodeUsage, podRecord, podUsage, postgresClusterRecord, workloadRecord } from "./records.ts";
import { openTransport } from "./transport.ts";

export interface ClusterOptions {
  readonly name: string;
  readonly access: ClusterAccess;
  /** Asked for figures where metrics.k8s.io is not served, or does not answer. */
  readonly prometheus?: PrometheusAccess;
  /** For each question, its pages and second tries included; 10 s unless given. */
  readonly deadlineMs?: number;
}

const usualDeadlineMs = 10_000;
const usualTries = 4;

export interface ClusterNeeds {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Pick<Metrics, "apiFailure">;
}

/** @throws OpsroomError when its credentials cannot be read */
export async function openCluster(
  { name, access, prometheus, deadlineMs = usualDeadlineMs }: ClusterOptions,
  { clock, random, metrics }: ClusterNeeds,
): Promise<Cluster & ObjectAccess & Disposable> {
  const credentials = await openCredentials(name, access);
  const transport = openTransport(credentials);
  const needs: ObjectNeeds = {
    cluster: name,
    transport,
    clock,
    random,
    deadlineMs,
    tries: usualTries,
    onFailure: (kind) => metrics.apiFailure("kubernetes", kind),
  };
  const figures =
    prometheus === undefined ? undefined : openPrometheus(name, prometheus, { deadlineMs, clock, onFailure: (kind) => metrics.apiFailure("prometheus", kind) });
  // With somebody else to ask it is not worth asking often.
  const figureNeeds = figures === undefined ? needs : { ...needs, tries: 1 };
  return {
    name,
    listNodes: (signal) => readList(needs, calls.nodes, {}, { keep: nodeRecord, protobuf: node }, signal),
    listPods: (signal, where = {}) => readList(needs, calls.pods, where, { keep: podRecord, protobuf: pod }, signal),
    listWorkloads: async (signal, namespace) => {
      const [deployments, statefulSets] = await Promise.all([
        readList(needs, calls.deployments, { namespace }, { keep: workloadRecord("Deployment") }, signal),
        readList(needs, calls.statefulSets, { namespace }, { keep: workloadRecord("StatefulSet") }, signal),
      ]);
      return [...deployments, ...statefulSets];
    },
    listPostgresClusters: (signal, namespace) => readList(needs, calls.postgresClusters, { namespace }, { keep: postgresClusterRecord }, signal),
    nodeUsage: (signal) =>
      orInstead<readonly NodeUsage[]>(
        () => readList(figureNeeds, calls.nodeMetrics, {}, { keep: nodeUsage, protobuf: nodeMetrics }, signal),
        figures === undefined ? undefined : () => figures.nodeUsage(signal),
        signal,
      ),
    podUsage: (signal, where = {}) =>
      orInstead<readonly PodUsage[]>(
        () => readList(figureNeeds, calls.podMetrics, where, { keep: podUsage, protobuf: podMetrics }, signal),
        // Prometheus does not know the labels of pods.
        figures === undefined || where.labelSelector !== undefined ? undefined : () => figures.podUsage(signal, where.namespace),
        signal,
      ),
    ...objectAccess(needs),
    ...containerCommands({ ...needs, credentials }),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** A missing right is not hidden: who took it away would not know that it is missed. */
async function orInstead<T>(ask: () => Promise<T>, instead: (() => Promise<T>) | undefined, signal: AbortSignal): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (instead === undefined || !(error instanceof ClusterError) || !(error.failure === "not-served" || error.failure === "unreachable")) throw error;
    return instead();
  }
}
