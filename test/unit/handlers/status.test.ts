import { expect, test } from "vitest";
import type { Asker } from "../../../src/chat/command.ts";
import { status, type StatusNeeds } from "../../../src/handlers/status.ts";
import { parseEventId, parseRoomId, parseUserId } from "../../../src/ids.ts";
import type { ClusterFacts, StatusFacts } from "../../../src/status/facts.ts";
import type { MessagingFacts } from "../../../src/status/messaging.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import {
  container,
  failed,
  homelab,
  homeserver,
  measuredAt,
  Mi,
  node,
  now,
  planFleet,
  pod,
  podUsage,
  prod,
  read,
  specs,
  withContainer,
} from "../../support/plan-fleet.ts";
import { show, type Shown } from "../../support/show.ts";

const asker: Asker = {
  user: parseUserId("@nadia:mrt0rtikize.ru"),
  role: "viewer",
  room: parseRoomId("!ops:mrt0rtikize.ru"),
  event: parseEventId("$one"),
  signal: new AbortController().signal,
  progress: () => {},
};

async function ask(
  args: { readonly target?: string; readonly all?: boolean } = {},
  facts: StatusFacts = planFleet,
  asked: string[] = [],
  messaging?: MessagingFacts,
): Promise<Shown> {
  const needs: StatusNeeds = {
    gather: async (_signal, only) => {
      asked.push(only?.cluster ?? "all");
      const wanted = (cluster: string): boolean => only === undefined || only.cluster === cluster;
      return { clusters: facts.clusters.filter((each) => wanted(each.name)), homeservers: facts.homeservers.filter((each) => wanted(each.spec.cluster)) };
    },
    homeservers: facts.homeservers.map((each) => each.spec),
    thresholds: defaultThresholds,
    now: () => now,
    messaging: async () => messaging,
  };
  return show(status.render(await status.run(args, needs, asker), { now, timeZone: "Europe/Moscow" }));
}
const withProd = (change: Partial<ClusterFacts>): StatusFacts => ({ ...planFleet, clusters: [{ ...prod, ...change }, homelab] });
const noMetrics = "the server has no metrics API";
const well: StatusFacts = { clusters: [homelab], homeservers: [homeserver(specs.mrt0rtikize)] };

test("the first line says what is worst and what eats it", async () => {
  const { first } = await ask();
  expect(first).toBe("🔴 uzig is at 94 % memory: Grafana 682 Mi, Synapse t0rt1k 582 Mi, Prometheus 499 Mi");
});

test("it says what competes there and where there is room", async () => {
  const { room } = await ask();
  expect(room).toContain(
    "The monitoring stack (Grafana, Prometheus, VictoriaMetrics …: 1.5 Gi) competes with the busiest Synapse (t0rt1k, 582 Mi) on uzig; ofem has room for it (60 % then).",
  );
});

test("every node and homeserver of a small fleet has its row, worst first, with the age of the figures", async () => {
  const { room } = await ask();
  const names = room.split("\n").flatMap((line) => /^[🔴🟡⚪🟢]+ (?:full|ok|at risk) +(\w+) /u.exec(line)?.[1] ?? []);
  expect(names).toEqual(["uzig", "efur", "sentinel", "oracle", "ofem", "t0rt1k", "mrt0rtikize", "uretra", "roglog"]);
  expect(room).toContain("figures: 12 s old");
});

test("when all is well it says so in the first line", async () => {
  const { first } = await ask({}, well);
  expect(first).toBe("🟢 All well: 2 nodes, 1 homeserver");
});

test("without metrics nothing is called well: the headline is ⚪, the source is named, the requests are shown", async () => {
  const blind = { ...homelab, nodeUsage: failed<never>("homelab: node metrics", noMetrics), podUsage: failed<never>("homelab: pod metrics", noMetrics) };
  const { room, first } = await ask({}, { ...well, clusters: [blind] });
  expect(first).toMatch(/^⚪ /u);
  expect(room).not.toContain("🟢");
  expect(room).toContain("homelab: node metrics, homelab: pod metrics not read: the server has no metrics API");
  expect(room).toMatch(/⚪ unknown oracle +\? +asked \d+ %/u);
  expect(room).toMatch(/⚪ unknown mrt0rtikize +\?/u);
  expect(room).not.toMatch(/\b0 Ki|\b0 Mi| 0 %/u);
});

test("a cluster that cannot be read is the headline when nothing worse is known", async () => {
  const gone = { ...prod, nodes: failed<never>("prod: nodes", "connection refused"), pods: failed<never>("prod: pods", "connection refused") };
  const { first, room } = await ask({}, { ...planFleet, clusters: [gone, homelab] });
  expect(first).toBe("⚪ prod: nodes could not be read: connection refused");
  expect(room).toMatch(/🟢 ok +oracle/u);
  expect(room).toMatch(/⚪ unknown t0rt1k +\?/u);
});

test("an older reading is shown with its age, and the source that failed is named", async () => {
  const nodes = prod.nodes.ok ? { value: prod.nodes.value, at: now - 180_000 } : undefined;
  const { first, room } = await ask({}, withProd({ nodes: failed("prod: nodes", "no answer within 2 s", nodes) }));
  expect(first).toContain("uzig is at 94 % memory");
  expect(room).toContain("⚪ prod: nodes not read: no answer within 2 s; shown as of 3 min ago, 18:18 MSK");
});

test("a homeserver that was OOM-killed comes before a full node", async () => {
  const killed = withContainer(prod, "matrix-t0rt1k", "chat-matrix", {
    restarts: 4,
    lastTermination: { reason: "OOMKilled", exitCode: 137, finishedAt: now - 300_000 },
  });
  const { first, room } = await ask({}, { ...planFleet, clusters: [killed, homelab] });
  expect(first).toBe("🔴 t0rt1k: Synapse was OOM-killed 5 min ago, 18:16 MSK (4 restarts) (and 1 more)");
  expect(room).toMatch(/🔴 OOM +t0rt1k/u);
});

test("!status NODE shows that node, what is on it, and every pod in the thread", async () => {
  const { first, room, thread } = await ask({ target: "UZIG" });
  expect(first).toContain("🔴 uzig is at 94 % memory");
  expect(room).toContain("Memory █████████░ 94 %, 5.1 Gi of 5.4 Gi");
  expect(room).toContain("competes with the busiest Synapse");
  expect(room).toContain("uzig in prod, 17 pods, figures 12 s old");
  expect(thread).toContain("MAS PostgreSQL t0rt1k");
});

test("!status HOMESERVER asks its cluster alone and shows every part, with limit and restarts", async () => {
  const asked: string[] = [];
  const restarted = withContainer(homelab, "matrix-mrt0rtikize", "ess-postgres", {
    restarts: 2,
    lastTermination: { reason: "Error", exitCode: 1, finishedAt: now - 600_000 },
  });
  const { first, room, thread } = await ask({ target: "mrt0rtikize" }, { ...planFleet, clusters: [prod, restarted] }, asked);
  expect(asked).toEqual(["homelab"]);
  expect(first).toBe("🟡 mrt0rtikize: PostgreSQL ended (Error) 10 min ago, 18:11 MSK (2 restarts)");
  expect(room).toContain("Synapse 1.157.2, answers federation as 1.157.2, 1/1 ready, 0 restarts, on oracle in homelab");
  for (const part of ["Synapse ", "Synapse worker", "MAS", "PostgreSQL", "RTC", "HAProxy", "Element Web"]) expect(room).toContain(part);
  expect(room).toMatch(/PostgreSQL +210 Mi of 4\.0 Gi 2×/u);
  expect(thread).toContain("ess-postgres-0 on sentinel: ready, memory 210 Mi of 4.0 Gi, CPU 0.02, 2 restarts, last end: Error (1) 10 min ago, 18:11 MSK");
});

test("a homeserver is found by its server name too", async () => {
  expect((await ask({ target: "t0rt1k.tech" })).first).toContain("t0rt1k");
});

test("an unknown name is answered in one line with the nearest", async () => {
  expect((await ask({ target: "uzg" })).room).toBe("No node or homeserver is called “uzg”. Did you mean uzig?");
  expect((await ask({ target: "zzzzzzzzzzzz" })).room).toBe("No node or homeserver is called “zzzzzzzzzzzz”.");
  const gone = withProd({ nodes: failed("prod: nodes", "connection refused") });
  expect((await ask({ target: "uzig" }, gone)).room).toContain("(Not read: prod: nodes.)");
});

test("a name that two clusters have must be told apart", async () => {
  const twin = { ...homelab, nodes: read([node("uzig")]) };
  const facts = { ...planFleet, clusters: [prod, twin] };
  expect((await ask({ target: "uzig" }, facts)).room).toBe("“uzig” is prod/uzig and homelab/uzig: say which.");
  expect((await ask({ target: "prod/uzig" }, facts)).first).toContain("uzig is at 94 % memory");
});

test("!status --all has every node and homeserver in the thread", async () => {
  const { thread } = await ask({ all: true });
  for (const name of ["uzig", "efur", "ofem", "oracle", "sentinel", "t0rt1k", "roglog", "uretra", "mrt0rtikize"]) expect(thread).toContain(name);
});

test("of a thousand nodes the room shows the worst and counts the rest, and the thread has a bound", async () => {
  const nodes = Array.from({ length: 1000 }, (_, at) => node(`kwok-node-${at}`));
  const sketches = Array.from({ length: 3000 }, (_, at) => ({
    namespace: "load",
    name: `app-${at}`,
    node: `kwok-node-${at % 1000}`,
    labels: { app: `app-${at % 40}` },
    container: container("c", "x:1"),
    memoryMi: at % 900,
  }));
  const usage = nodes.map((each, at) => ({ node: each.name, usage: { cpuMillicores: 500, memoryBytes: (at < 30 ? 5400 : 2000) * Mi }, at: measuredAt }));
  const big: ClusterFacts = { name: "big", nodes: read(nodes), pods: read(sketches.map(pod)), nodeUsage: read(usage), podUsage: read(sketches.map(podUsage)) };
  for (const all of [false, true]) {
    const { first, room, thread } = await ask({ all }, { clusters: [big], homeservers: [] });
    expect(first).toContain("(and 29 more)");
    expect(room).toMatch(/… 99\d more: 2\d critical, 970 ok/u);
    expect(thread.split("\n").length).toBeLessThanOrEqual(150);
    expect(thread).toMatch(/… and \d+ nodes more/u);
  }
});

test("names from outside stay text, in every message", async () => {
  const nasty = { ...node("<b>@room</b>\u202e"), pressures: ["<script>Pressure"] };
  const facts = withProd({ nodes: read([nasty]), nodeUsage: failed("prod: <i>", "<img src=x> https://matrix.to/#/@a:b\n🟢 All well") });
  const { room } = await ask({}, facts);
  expect(room).toContain("<b>@room</b>\ufffd");
  expect(room).not.toContain("matrix.to/#");
  expect(room.split("\n").some((line) => line.startsWith("🟢 All well"))).toBe(false);
});

test("it tells of its own backlog and of sources that are not heard, once they matter", async () => {
  const calm: MessagingFacts = { outbox: { waiting: 3, oldestAgeMs: 2000 }, deliveries: { waiting: 1, oldestAgeMs: 50 }, silent: [], undelivered: [] };
  expect((await ask({}, planFleet, [], calm)).room).toEqual((await ask()).room);
  const bad: MessagingFacts = {
    outbox: { waiting: 34, oldestAgeMs: 120_000 },
    deliveries: { waiting: 0, oldestAgeMs: 0 },
    silent: [{ source: "prod", forMs: 400_000 }],
    undelivered: [],
  };
  const { room } = await ask({}, planFleet, [], bad);
  expect(room).toContain("🔴 No heartbeat from prod for 6 min: its alerts may not reach this room");
  expect(room).toContain("🟡 34 messages wait for the homeserver, the oldest 2 min");
});
