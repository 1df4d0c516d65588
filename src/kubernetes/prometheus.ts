/** Figures from Prometheus or VictoriaMetrics, for clusters without metrics-server: asked as of now, at most 5 minutes old. */
import * as z from "zod";
import { TooLarge } from "../bounded-body.ts";
import type { Clock } from "../clock.ts";
import { callOnce } from "../http-call.ts";
import type { Amount, NodeUsage, PodUsage } from "./cluster.ts";
import { ClusterError } from "./errors.ts";

export interface PrometheusAccess {
  /** Base address of the query API. */
  readonly url: string;
  /** Bearer token, read for each question. */
  readonly readToken?: () => Promise<string>;
}

export interface PrometheusNeeds {
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly onFailure: (kind: string) => void;
}

export interface Prometheus {
  readonly nodeUsage: (signal: AbortSignal) => Promise<readonly NodeUsage[]>;
  readonly podUsage: (signal: AbortSignal, namespace?: string) => Promise<readonly PodUsage[]>;
}

const mostBytes = 32 * 2 ** 20;
const sample = z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) });
const answer = z.object({ status: z.literal("success"), data: z.object({ resultType: z.literal("vector"), result: z.array(sample) }) });
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly at: number;
}

/** node-exporter knows its own address alone; this puts the host's name, mostly the node's, into the label `node`. */
const named = (expression: string): string =>
  `label_replace((${expression}) * on (instance) group_left (nodename) node_uname_info, "node", "$1", "nodename", "(.+)")`;

/**
 * The first that is collected, a node: the kubelet's resource metrics, its cAdvisor's root cgroup (kube-prometheus-stack drops it), node-exporter.
 * Containers: cAdvisor by the kubelet.
 */
const queries = {
  nodeMemory: [
    "max by (node) (node_memory_working_set_bytes)",
    'max by (node) (container_memory_working_set_bytes{id="/"})',
    `max by (node) (${named("node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes")})`,
  ].join(" or "),
  nodeCpu: [
    "max by (node) (rate(node_cpu_usage_seconds_total[5m]))",
    'max by (node) (rate(container_cpu_usage_seconds_total{id="/"}[5m]))',
    `max by (node) (${named('sum by (instance) (rate(node_cpu_seconds_total{mode!~"idle|iowait|steal"}[5m]))')})`,
  ].join(" or "),
  podMemory: (where: string) => `max by (namespace, pod, container) (container_memory_working_set_bytes{container!="",container!="POD"${where}})`,
  podCpu: (where: string) => `sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{container!="",container!="POD"${where}}[5m]))`,
};

export function openPrometheus(cluster: string, { url, readToken }: PrometheusAccess, { deadlineMs, clock, onFailure }: PrometheusNeeds): Prometheus {
  const ask = async (expression: string, signal: AbortSignal): Promise<readonly Sample[]> => {
    const call = {
      method: "GET",
      url: `${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`,
      authorization: readToken === undefined ? undefined : `Bearer ${await readToken()}`,
      mostBytes,
    } as const;
    const { status, body } = await callOnce(call, signal).catch((error: unknown) => {
      throw error instanceof TooLarge ? tooMuch(cluster, error) : error;
    });
    if (status === 401 || status === 403)
      throw new ClusterError("unauthorised", `the Prometheus of ${cluster} answered ${status}`, "Renew the token that the configuration names for it.");
    if (status < 200 || status > 299)
      throw new ClusterError(status >= 500 || status === 429 ? "unreachable" : "bad-answer", `the Prometheus of ${cluster} answered ${status}`, "See its log.");
    const parsed = answer.safeParse(parseJson(body));
    if (!parsed.success) throw noVector(cluster);
    return parsed.data.data.result
      .map(({ metric, value: [at, value] }) => ({ labels: metric, value: Number(value), at: at * 1000 }))
      .filter((each) => Number.isFinite(each.value));
  };
  const query = async (expression: string, signal: AbortSignal): Promise<readonly Sample[]> => {
    const late = new AbortController();
    const done = new AbortController();
    const deadline = clock.sleep(deadlineMs, AbortSignal.any([signal, done.signal])).then(
      () => late.abort(),
      () => undefined,
    );
    try {
      return await ask(expression, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof ClusterError ? error : unreachable(cluster, late.signal.aborted, error);
      onFailure(failure.failure);
      throw failure;
    } finally {
      done.abort();
      await deadline;
    }
  };
  return {
    nodeUsage: async (signal) => {
      const [memory, cpu] = await Promise.all([query(queries.nodeMemory, signal), query(queries.nodeCpu, signal)]);
      const millicores = new Map(cpu.map(({ labels, value }) => [labels["node"], value * 1000]));
      return memory.flatMap(({ labels: { node }, value, at }) =>
        node === undefined || node === "" ? [] : [{ node, usage: { memoryBytes: value, cpuMillicores: millicores.get(node) }, at }],
      );
    },
    podUsage: async (signal, namespace) => {
      const where = namespace === undefined ? "" : `,namespace=${JSON.stringify(namespace)}`;
      const [memory, cpu] = await Promise.all([query(queries.podMemory(where), signal), query(queries.podCpu(where), signal)]);
      const keyOf = ({ labels }: Sample): string => `${labels["namespace"]}/${labels["pod"]}/${labels["container"]}`;
      const millicores = new Map(cpu.map((each) => [keyOf(each), each.value * 1000]));
      const pods = Map.groupBy(memory, ({ labels }) => `${labels["namespace"]}/${labels["pod"]}`);
      return [...pods.values()].flatMap((samples) => {
        const [first] = samples;
        const place = first?.labels["namespace"];
        const pod = first?.labels["pod"];
        if (first === undefined || place === undefined || pod === undefined) return [];
        const amounts = samples.map((each): [string, Amount] => [
          each.labels["container"] ?? "",
          { memoryBytes: each.value, cpuMillicores: millicores.get(keyOf(each)) },
        ]);
        return [{ namespace: place, pod, containers: Object.fromEntries(amounts), at: first.at }];
      });
    },
  };
}

function unreachable(cluster: string, late: boolean, cause: unknown): ClusterError {
  const found = `the Prometheus of ${cluster} ${late ? "did not answer in time" : "could not be asked"}`;
  return new ClusterError("unreachable", found, "See whether it runs and can be reached from here.", { cause });
}

function noVector(cluster: string): ClusterError {
  return new ClusterError(
    "bad-answer",
    `the Prometheus of ${cluster} answered something else than a vector`,
    "See what answers at the address that the configuration names.",
  );
}

function tooMuch(cluster: string, cause: unknown): ClusterError {
  const found = `the Prometheus of ${cluster} answered more than ${mostBytes / 2 ** 20} MiB`;
  return new ClusterError("bad-answer", found, "Let it collect the containers of fewer namespaces.", { cause });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
