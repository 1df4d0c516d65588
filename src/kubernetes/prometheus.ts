/** Figures from Prometheus or VictoriaMetrics, for clusters without metrics-server: the kubelet's own counters, asked as of now. */
import { z } from "zod";
import type { Amount, NodeUsage, PodUsage } from "./cluster.ts";
import { ClusterError } from "./errors.ts";

export interface PrometheusAccess {
  /** Base address of the query API. */
  readonly url: string;
  /** Bearer token, read for each question. */
  readonly readToken?: () => Promise<string>;
}

export interface Prometheus {
  readonly nodeUsage: (signal: AbortSignal) => Promise<readonly NodeUsage[]>;
  readonly podUsage: (signal: AbortSignal, namespace?: string) => Promise<readonly PodUsage[]>;
}

const mostBytes = 32 * 2 ** 20;
const answer = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number; readonly at: number };

/** As the kubelet's cAdvisor names them; the root cgroup is the node. */
const queries = {
  nodeMemory: 'container_memory_working_set_bytes{id="/"}',
  nodeCpu: 'rate(container_cpu_usage_seconds_total{id="/"}[5m])',
  podMemory: (where: string) => `container_memory_working_set_bytes{container!="",container!="POD"${where}}`,
  podCpu: (where: string) => `rate(container_cpu_usage_seconds_total{container!="",container!="POD"${where}}[5m])`,
};

export function openPrometheus(cluster: string, { url, readToken }: PrometheusAccess, deadlineMs: number): Prometheus {
  const query = async (expression: string, signal: AbortSignal): Promise<readonly Sample[]> => {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`, {
      headers: readToken === undefined ? {} : { authorization: `Bearer ${await readToken()}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new ClusterError("unreachable", `the Prometheus of ${cluster} could not be asked`, "See whether it runs and can be reached from here.", {
        cause: error,
      });
    });
    if (!response.ok)
      throw new ClusterError(
        response.status === 401 || response.status === 403 ? "unauthorised" : "unreachable",
        `the Prometheus of ${cluster} answered ${response.status}`,
        "See its log, and the token that the configuration names.",
      );
    const parsed = answer.safeParse(parseJson(await readBounded(response)));
    if (!parsed.success)
      throw new ClusterError(
        "bad-answer",
        `the Prometheus of ${cluster} answered something else than a vector`,
        "See what answers at the address that the configuration names.",
      );
    return parsed.data.data.result.map(({ metric, value: [at, value] }) => ({ labels: metric, value: Number(value), at: at * 1000 }));
  };
  return {
    nodeUsage: async (signal) => {
      const [memory, cpu] = await Promise.all([query(queries.nodeMemory, signal), query(queries.nodeCpu, signal)]);
      const nameOf = ({ labels }: Sample): string => labels["node"] ?? labels["instance"]?.replace(/:\d+$/u, "") ?? "";
      const millicores = new Map(cpu.map((sample) => [nameOf(sample), sample.value * 1000]));
      return memory
        .filter((sample) => nameOf(sample) !== "")
        .map((sample) => ({ node: nameOf(sample), usage: { memoryBytes: sample.value, cpuMillicores: millicores.get(nameOf(sample)) }, at: sample.at }));
    },
    podUsage: async (signal, namespace) => {
      const where = namespace === undefined ? "" : `,namespace=${JSON.stringify(namespace)}`;
      const [memory, cpu] = await Promise.all([query(queries.podMemory(where), signal), query(queries.podCpu(where), signal)]);
      const keyOf = ({ labels }: Sample): string => JSON.stringify([labels["namespace"], labels["pod"], labels["container"]]);
      const millicores = new Map(cpu.map((sample) => [keyOf(sample), sample.value * 1000]));
      const pods = Map.groupBy(memory, ({ labels }) => JSON.stringify([labels["namespace"], labels["pod"]]));
      return [...pods.values()].flatMap((samples) => {
        const [first] = samples;
        const place = first?.labels["namespace"];
        const pod = first?.labels["pod"];
        if (first === undefined || place === undefined || pod === undefined) return [];
        const containers: Record<string, Amount> = {};
        for (const sample of samples)
          containers[sample.labels["container"] ?? ""] = { memoryBytes: sample.value, cpuMillicores: millicores.get(keyOf(sample)) };
        return [{ namespace: place, pod, containers, at: first.at }];
      });
    },
  };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes)
      throw new ClusterError("bad-answer", "Prometheus answered more than 32 MiB", "Look at what it has for containers; a namespace fewer may help.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
