import { request } from "node:https";
import { describe, expect, test } from "vitest";
import { clusterBed, type ClusterBed } from "../../../support/embedded-cluster.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const { signal } = new AbortController();

/** As kubectl asks, without Opsroom's client between. */
async function get({ api }: ClusterBed, path: string, token: string | undefined = api.token): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.server}${path}`, { ca: api.ca, agent: false, headers: token === "" ? {} : { authorization: `Bearer ${token}` } }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => (body += String(chunk)));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
const parsed = async (bed: ClusterBed, path: string): Promise<unknown> => JSON.parse((await get(bed, path)).body);

describe("the embedded API", () => {
  test("gives a list in pages, in order, and says how many are left", async () => {
    await using bed = await clusterBed();
    const first: unknown = await parsed(bed, "/api/v1/nodes?limit=2");
    expect(first).toMatchObject({
      kind: "NodeList",
      apiVersion: "v1",
      metadata: { remainingItemCount: 1, continue: expect.any(String) },
      items: [{ metadata: { name: "efur" } }, { metadata: { name: "ofem" } }],
    });
    const token = /"continue":"([^"]+)"/u.exec(JSON.stringify(first))?.[1] ?? "";
    const second = await parsed(bed, `/api/v1/nodes?limit=2&continue=${token}`);
    expect(second).toMatchObject({ items: [{ metadata: { name: "uzig" } }] });
    expect(second).not.toHaveProperty("metadata.continue");
    bed.api.faults.expireLists();
    await expect(parsed(bed, `/api/v1/nodes?limit=2&continue=${token}`)).resolves.toMatchObject({ kind: "Status", reason: "Expired", code: 410 });
    await expect(parsed(bed, "/api/v1/nodes?continue=nonsense")).resolves.toMatchObject({ kind: "Status", reason: "BadRequest", code: 400 });
  });

  test("gives all figures at once, as metrics-server does, measured at the last scrape", async () => {
    const clock = manualClock(Date.UTC(2026, 5, 12, 15, 21, 7));
    await using bed = await clusterBed({ clock });
    const figures = await parsed(bed, "/apis/metrics.k8s.io/v1beta1/nodes?limit=1");
    expect(figures).toMatchObject({
      kind: "NodeMetricsList",
      items: { length: 3, 0: { timestamp: "2026-06-12T15:21:00Z", usage: { memory: expect.stringMatching(/Ki$/u) } } },
    });
  });

  test("lets nobody in without the token, and knows only what is installed", async () => {
    await using bed = await clusterBed();
    expect((await get(bed, "/readyz", "")).status).toBe(200);
    expect((await get(bed, "/api/v1/pods", "wrong")).status).toBe(401);
    for (const path of ["/apis/postgresql.cnpg.io/v1/clusters", "/apis/metrics.k8s.io/v1/nodes", "/api/v1/configmaps", "/api/v1/namespaces/a/b/c", "/nothing"])
      expect([path, await get(bed, path)]).toEqual([path, { status: 404, body: "404 page not found\n" }]);
  });

  test("refuses as Kubernetes does who may not", async () => {
    await using bed = await clusterBed();
    bed.api.faults.forbid("list", "apps", "deployments");
    await expect(parsed(bed, "/apis/apps/v1/namespaces/matrix-roglog/deployments")).resolves.toMatchObject({
      reason: "Forbidden",
      message:
        'deployments.apps is forbidden: User "system:serviceaccount:opsroom:opsroom" cannot list resource "deployments" in API group "apps" in the namespace "matrix-roglog"',
    });
  });
});

describe("in the embedded cluster", () => {
  test("a node stops reporting: its state is not known, its figures and its pods' are gone, its pods are not ready", async () => {
    await using bed = await clusterBed();
    bed.api.world.setNode("efur", "unknown");
    expect((await bed.cluster.listNodes(signal)).find((node) => node.name === "efur")?.ready).toBeUndefined();
    expect((await bed.cluster.nodeUsage(signal)).map((each) => each.node)).toEqual(["ofem", "uzig"]);
    const [synapse] = await bed.cluster.listPods(signal, { namespace: "matrix-roglog", labelSelector: "app.kubernetes.io/name=matrix" });
    expect(synapse).toMatchObject({ node: "efur", phase: "Running", ready: false });
    expect(await bed.cluster.podUsage(signal, { namespace: "matrix-roglog", labelSelector: "app.kubernetes.io/name=matrix" })).toEqual([]);
    const workloads = await bed.cluster.listWorkloads(signal, "matrix-roglog");
    expect(workloads.find((each) => each.name === "chat-matrix")).toMatchObject({ replicas: 1, readyReplicas: 0 });
    bed.api.world.setNode("efur", "ready");
    expect((await bed.cluster.nodeUsage(signal)).length).toBe(3);
  });

  test("a node is not ready, short of memory and cordoned; another is deleted", async () => {
    await using bed = await clusterBed();
    bed.api.world.setNode("uzig", "not-ready");
    bed.api.world.press("uzig", ["MemoryPressure"]);
    bed.api.world.cordon("uzig", true);
    bed.api.world.setNode("efur", "gone");
    expect(await bed.cluster.listNodes(signal)).toMatchObject([
      { name: "ofem", ready: true },
      { name: "uzig", ready: false, unschedulable: true, pressures: ["MemoryPressure"] },
    ]);
    expect((await bed.cluster.listPods(signal)).filter((pod) => pod.node === "efur")).toEqual([]);
  });

  test("a pod is killed for its memory and runs again; another crashes again and again", async () => {
    const clock = manualClock(Date.UTC(2026, 5, 12, 15, 21));
    await using bed = await clusterBed({ clock });
    bed.api.world.oomKill("matrix-t0rt1k", "chat-matrix");
    bed.api.world.crashLoop("matrix-t0rt1k", "chat-postgresql");
    const pods = await bed.cluster.listPods(signal, { namespace: "matrix-t0rt1k" });
    const lastTermination = { reason: "OOMKilled", exitCode: 137, finishedAt: clock.now() };
    expect(pods.find((pod) => pod.name.startsWith("chat-matrix"))).toMatchObject({ ready: true, containers: [{ ready: true, restarts: 1, lastTermination }] });
    expect(pods.find((pod) => pod.name.startsWith("chat-postgresql"))).toMatchObject({
      ready: false,
      containers: [{ waitingReason: "CrashLoopBackOff", restarts: 1 }],
    });
    expect(() => bed.api.world.oomKill("matrix-t0rt1k", "nobody")).toThrow(RangeError);
  });
});
