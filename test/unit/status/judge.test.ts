import { expect, test } from "vitest";
import { judge } from "../../../src/status/judge.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import { failed, measuredAt, Mi, now, planFleet, prod } from "../../support/plan-fleet.ts";

const picture = judge(planFleet, defaultThresholds, now);

test("the fullest node comes first, the homeserver on it before the others", () => {
  expect(picture.nodes.map((each) => each.name)).toEqual(["uzig", "efur", "sentinel", "oracle", "ofem"]);
  expect(picture.homeservers[0]).toMatchObject({ spec: { name: "t0rt1k" }, severity: "warning", problems: [{ kind: "short-node", node: "uzig" }] });
});

test("the biggest three on the full node are named as people call them", () => {
  expect(picture.nodes[0]?.consumers.slice(0, 3).map((each) => [each.label, each.memory])).toEqual([
    ["Grafana", 682 * Mi],
    ["Synapse t0rt1k", 582 * Mi],
    ["Prometheus", 499 * Mi],
  ]);
});

test("it finds that the monitoring stack competes with the busiest Synapse, and where it could go", () => {
  expect(picture.competitions).toHaveLength(1);
  expect(picture.competitions[0]).toMatchObject({
    node: "uzig",
    homeserver: "t0rt1k",
    busiest: true,
    monitoring: true,
    membersMemory: (682 + 499 + 327 + 34) * Mi,
    roomOn: { node: "ofem" },
  });
  expect(picture.competitions[0]?.members.map((each) => each.label)).toEqual(["Grafana", "Prometheus", "VictoriaMetrics", "Alertmanager"]);
});

test("a node that is cordoned or would be short itself is not offered as room", () => {
  const cordoned = prod.nodes.ok ? prod.nodes.value.map((each) => ({ ...each, unschedulable: each.name !== "uzig" })) : [];
  const there = judge({ ...planFleet, clusters: [{ ...prod, nodes: { ok: true, value: cordoned, at: now } }] }, defaultThresholds, now);
  expect(there.competitions[0]?.roomOn).toBeUndefined();
});

test("a cluster that cannot be read leaves the others as they are, and is named", () => {
  const blind = { ...prod, nodes: failed<never>("prod: nodes", "connection refused"), pods: failed<never>("prod: pods", "connection refused") };
  const { nodes, homeservers, gaps } = judge({ ...planFleet, clusters: [blind, ...planFleet.clusters.slice(1)] }, defaultThresholds, now);
  expect(nodes.map((each) => each.severity)).toEqual(["ok", "ok"]);
  expect(homeservers.filter((each) => each.spec.cluster === "prod").map((each) => each.severity)).toEqual(["unknown", "unknown", "unknown"]);
  expect(gaps).toEqual([
    { source: "prod: nodes", error: "connection refused", shownAt: undefined, blind: true },
    { source: "prod: pods", error: "connection refused", shownAt: undefined, blind: false },
  ]);
});

test("the age of the figures is that of the oldest", () => {
  expect(picture.figuresAt).toBe(measuredAt);
});
