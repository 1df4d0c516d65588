import { expect, test } from "vitest";
import type { Cluster } from "../../../src/kubernetes/cluster.ts";
import { openGatherer } from "../../../src/status/gather.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { node, specs } from "../../support/plan-fleet.ts";

const { signal } = new AbortController();
const patience = { knownMs: 2000, firstMs: 6000 };
const fetchJson = async (): Promise<unknown> => ({ server: { name: "Synapse", version: "1.150.0" } });
const never = (): Promise<never> => new Promise(() => {});

function cluster(name: string, more: Partial<Cluster> = {}): Cluster {
  return {
    name,
    listNodes: async () => [node(`${name}-node`)],
    listPods: async () => [],
    listWorkloads: async () => [],
    listPostgresClusters: async () => [],
    nodeUsage: async () => [],
    podUsage: async () => [],
    ...more,
  };
}

test("a cluster that fails in one thing has the others, and other clusters have everything", async () => {
  const bad = cluster("bad", {
    nodeUsage: async () => {
      throw new Error("the server has no metrics API");
    },
  });
  await using gatherer = openGatherer({ clusters: [bad, cluster("good")], homeservers: [], fetchJson, clock: manualClock() });
  const { clusters } = await gatherer.gather(signal);
  expect(clusters[0]).toMatchObject({
    nodes: { ok: true },
    nodeUsage: { ok: false, source: "bad: node metrics", error: "the server has no metrics API", lastKnown: undefined },
  });
  expect(clusters[1]).toMatchObject({ nodes: { ok: true }, nodeUsage: { ok: true } });
});

test("a source that hangs is given up, without its help, and its last reading shown with its time", async () => {
  const clock = manualClock();
  const start = clock.now();
  let hangs = false;
  const listNodes = async () => (hangs ? never() : [node("uzig")]);
  await using gatherer = openGatherer({ clusters: [cluster("prod", { listNodes })], homeservers: [], fetchJson, clock, patience });
  await gatherer.gather(signal);
  hangs = true;
  await clock.advance(60_000);
  const asked = gatherer.gather(signal);
  await clock.advance(2000);
  expect((await asked).clusters[0]?.nodes).toMatchObject({
    ok: false,
    source: "prod: nodes",
    error: "no answer within 2 s",
    lastKnown: { at: start, value: [{ name: "uzig" }] },
  });
});

test("the first time it waits longer, and a slow read is there for the next who ask", async () => {
  const clock = manualClock();
  let reads = 0;
  const listNodes = async (): Promise<readonly ReturnType<typeof node>[]> => {
    reads += 1;
    await clock.sleep(3000);
    return [node(`read-${reads}`)];
  };
  await using gatherer = openGatherer({ clusters: [cluster("prod", { listNodes })], homeservers: [], fetchJson, clock, patience });
  const first = gatherer.gather(signal);
  await clock.advance(3000);
  expect((await first).clusters[0]?.nodes).toMatchObject({ ok: true, value: [{ name: "read-1" }] });
  const second = gatherer.gather(signal);
  await clock.advance(2000);
  expect((await second).clusters[0]?.nodes).toMatchObject({ ok: false, lastKnown: { value: [{ name: "read-1" }] } });
  const third = gatherer.gather(signal);
  await clock.advance(1000);
  expect((await third).clusters[0]?.nodes).toMatchObject({ ok: true, value: [{ name: "read-2" }] });
  expect(reads).toBe(2);
});

test("those who ask at the same time share one read", async () => {
  let reads = 0;
  const listNodes = async (): Promise<readonly ReturnType<typeof node>[]> => {
    reads += 1;
    return [node("uzig")];
  };
  await using gatherer = openGatherer({ clusters: [cluster("prod", { listNodes })], homeservers: [], fetchJson, clock: manualClock() });
  await Promise.all([gatherer.gather(signal), gatherer.gather(signal), gatherer.gather(signal)]);
  expect(reads).toBe(1);
});

test("a homeserver that is down holds up the answer no longer than the short patience", async () => {
  const clock = manualClock();
  await using gatherer = openGatherer({ clusters: [cluster("prod")], homeservers: [specs.t0rt1k], fetchJson: never, clock, patience });
  const asked = gatherer.gather(signal);
  await clock.advance(2000);
  expect((await asked).homeservers[0]).toMatchObject({
    workloads: { ok: true },
    databases: undefined,
    federation: { ok: false, error: "no answer within 2 s" },
  });
});

test("one cluster can be asked for, with its homeservers alone", async () => {
  await using gatherer = openGatherer({
    clusters: [cluster("prod"), cluster("homelab")],
    homeservers: [specs.t0rt1k, specs.mrt0rtikize],
    fetchJson,
    clock: manualClock(),
  });
  const { clusters, homeservers } = await gatherer.gather(signal, { cluster: "homelab" });
  expect(clusters.map((each) => each.name)).toEqual(["homelab"]);
  expect(homeservers.map((each) => each.spec.name)).toEqual(["mrt0rtikize"]);
});

test("a homeserver in a cluster that is not configured is a failed reading, not a failed answer", async () => {
  await using gatherer = openGatherer({ clusters: [], homeservers: [specs.t0rt1k], fetchJson, clock: manualClock() });
  expect((await gatherer.gather(signal)).homeservers[0]?.workloads).toMatchObject({ ok: false, error: "no cluster is configured as prod" });
});

test("stopping ends what is under way, and whoever asks is answered", async () => {
  const clock = manualClock();
  const gatherer = openGatherer({ clusters: [cluster("prod", { listNodes: never })], homeservers: [], fetchJson, clock });
  const asked = gatherer.gather(signal);
  await gatherer[Symbol.asyncDispose]();
  expect((await asked).clusters[0]?.nodes).toMatchObject({ ok: false, error: "Opsroom is stopping" });
  expect(clock.sleeping()).toBe(0);
});

test("the asker's deadline ends waiting", async () => {
  const impatient = new AbortController();
  const clock = manualClock();
  await using gatherer = openGatherer({ clusters: [cluster("prod", { listNodes: never })], homeservers: [], fetchJson, clock });
  const asked = gatherer.gather(impatient.signal);
  impatient.abort(new Error("the command took too long"));
  expect((await asked).clusters[0]?.nodes).toMatchObject({ ok: false, error: "the command took too long" });
});
