import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { openPrometheus } from "../../../src/kubernetes/prometheus.ts";
import { clusterBed } from "../../support/embedded-cluster.ts";

type Answer = { readonly status: number; readonly body: string };
const { signal } = new AbortController();
const at = Date.UTC(2026, 5, 12, 15, 20);
const Mi = 2 ** 20;

const vector = (...samples: readonly (readonly [Readonly<Record<string, string>>, string])[]): Answer => ({
  status: 200,
  body: JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: samples.map(([metric, value]) => ({ metric, value: [at / 1000, value] })) },
  }),
});
const synapse = { namespace: "matrix-t0rt1k", pod: "chat-matrix-1", container: "matrix" };

/** Knows the figures of one node and one pod, by what the question is about. */
function figures(query: string): Answer {
  const memory = query.includes("memory");
  if (query.includes("by (namespace"))
    return vector([synapse, memory ? String(582 * Mi) : "0.25"], [{ ...synapse, container: "side" }, memory ? String(Mi) : "NaN"]);
  return vector([{ node: "uzig" }, memory ? String(4042 * Mi) : "0.367"], [{}, "1"]);
}

async function serve(answer: (query: string, authorization: string | undefined) => Answer | undefined) {
  const queries: string[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "/", "http://prometheus").searchParams.get("query") ?? "";
    queries.push(query);
    const found = answer(query, request.headers.authorization);
    if (found !== undefined) response.writeHead(found.status, { location: "/elsewhere" }).end(found.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const failures: string[] = [];
  return {
    url: `http://127.0.0.1:${address.port}`,
    queries,
    failures,
    needs: { deadlineMs: 5000, clock: systemClock, onFailure: (kind: string) => void failures.push(kind) },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe("figures from Prometheus", () => {
  test("are those of the nodes, with the token that is read for the question", async () => {
    await using prometheus = await serve((query, authorization) => (authorization === "Bearer renewed" ? figures(query) : { status: 401, body: "" }));
    const { nodeUsage } = openPrometheus("prod", { url: prometheus.url, readToken: async () => "renewed" }, prometheus.needs);
    await expect(nodeUsage(signal)).resolves.toEqual([{ node: "uzig", usage: { memoryBytes: 4042 * Mi, cpuMillicores: 367 }, at }]);
  });

  test("are those of the containers of a namespace; what is no number is not known", async () => {
    await using prometheus = await serve(figures);
    const { podUsage } = openPrometheus("prod", { url: prometheus.url }, prometheus.needs);
    await expect(podUsage(signal, "matrix-t0rt1k")).resolves.toEqual([
      {
        namespace: "matrix-t0rt1k",
        pod: "chat-matrix-1",
        at,
        containers: { matrix: { memoryBytes: 582 * Mi, cpuMillicores: 250 }, side: { memoryBytes: Mi, cpuMillicores: undefined } },
      },
    ]);
    expect(prometheus.queries.every((query) => query.includes('namespace="matrix-t0rt1k"'))).toBe(true);
  });

  test.each<[string, Answer, object]>([
    ["a wrong token", { status: 401, body: "" }, { failure: "unauthorised", message: "the Prometheus of prod answered 401" }],
    ["an error of its own", { status: 503, body: "" }, { failure: "unreachable", message: "the Prometheus of prod answered 503" }],
    ["a query that it does not take", { status: 422, body: "{}" }, { failure: "bad-answer" }],
    ["something else", { status: 200, body: "<html>" }, { failure: "bad-answer", message: expect.stringContaining("something else than a vector") }],
    ["a redirect, which would take the token along", { status: 302, body: "" }, { failure: "bad-answer", message: "the Prometheus of prod answered 302" }],
  ])("are not known after %s, which is said in words and counted", async (_, answer, expected) => {
    await using prometheus = await serve(() => answer);
    const { nodeUsage } = openPrometheus("prod", { url: prometheus.url }, prometheus.needs);
    await expect(nodeUsage(signal)).rejects.toMatchObject(expected);
    expect(prometheus.failures.length).toBeGreaterThan(0);
  });

  test("are given up at the deadline", async () => {
    await using prometheus = await serve(() => undefined);
    const { nodeUsage } = openPrometheus("prod", { url: prometheus.url }, { ...prometheus.needs, deadlineMs: 50 });
    await expect(nodeUsage(signal)).rejects.toMatchObject({ failure: "unreachable", message: "the Prometheus of prod did not answer in time" });
  });
});

describe("a cluster with Prometheus", () => {
  test("asks it where the metrics API is not installed or is broken, and only there", async () => {
    await using prometheus = await serve(figures);
    await using bed = await clusterBed();
    const cluster = await bed.open({ prometheus: { url: prometheus.url } });
    await expect(cluster.nodeUsage(signal)).resolves.toHaveLength(3);
    expect(prometheus.queries).toEqual([]);

    bed.api.world.setMetricsInstalled(false);
    await expect(cluster.nodeUsage(signal)).resolves.toMatchObject([{ node: "uzig" }]);
    bed.api.world.setMetricsBroken(true);
    await expect(cluster.podUsage(signal, { namespace: "matrix-t0rt1k" })).resolves.toMatchObject([{ pod: "chat-matrix-1" }]);
  });

  test("says that a right is missing rather than asking elsewhere", async () => {
    await using prometheus = await serve(figures);
    await using bed = await clusterBed();
    bed.api.faults.forbid("list", "metrics.k8s.io", "nodes");
    const cluster = await bed.open({ prometheus: { url: prometheus.url } });
    await expect(cluster.nodeUsage(signal)).rejects.toMatchObject({ failure: "forbidden", message: expect.stringContaining("list on nodes.metrics.k8s.io") });
    expect(prometheus.queries).toEqual([]);
  });
});
