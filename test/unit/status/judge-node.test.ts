import * as fc from "fast-check";
import { expect, test } from "vitest";
import { judgeNode, type NodeFacts } from "../../../src/status/judge-node.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import { Mi, node, now } from "../../support/plan-fleet.ts";

const allocatable = 10_000 * Mi;
const usage = (memoryBytes: number | undefined, at = now, cpuMillicores: number | undefined = 100) => ({
  record: { node: "uzig", usage: { memoryBytes, cpuMillicores }, at },
  at,
});
const facts = (more: Partial<NodeFacts> = {}): NodeFacts => ({
  cluster: "prod",
  node: node("uzig", 10_000),
  shortName: "uzig",
  readAt: now,
  usage: usage(1000 * Mi),
  consumers: [],
  ...more,
});
const verdict = (more: Partial<NodeFacts> = {}) => judgeNode(facts(more), defaultThresholds, now);
const kinds = (more: Partial<NodeFacts>) => verdict(more).problems.map((each) => each.kind);

test("a node is tight from the first threshold on, full from the second, and not before", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2, noNaN: true }), (share) => {
      const { severity, memory } = verdict({ usage: usage(share * allocatable) });
      const reached = memory.share ?? 0;
      expect(severity).toBe(reached >= 0.9 ? "critical" : reached >= 0.8 ? "warning" : "ok");
    }),
  );
  expect([0.7999, 0.8, 0.8999, 0.9].map((share) => verdict({ usage: usage(share * allocatable) }).severity)).toEqual(["ok", "warning", "warning", "critical"]);
});

test("what nobody measured is never well and never 0", () => {
  for (const nothing of [undefined, usage(undefined)]) {
    const { severity, memory } = verdict({ usage: nothing });
    expect(severity).toBe("unknown");
    expect(memory.used).toBeUndefined();
    expect(memory.share).toBeUndefined();
  }
  const unsized = { ...node("uzig"), allocatable: { cpuMillicores: undefined, memoryBytes: 0 } };
  expect(verdict({ node: unsized })).toMatchObject({ severity: "unknown", memory: { share: undefined }, cpu: { share: undefined } });
});

test("without metrics it shows what the pods asked for, and does not call that a measurement", () => {
  const consumer = {
    label: "x",
    namespace: "n",
    pod: "p",
    monitoring: false,
    bound: false,
    homeserver: undefined,
    memory: undefined,
    memoryLimit: undefined,
    restarts: 0,
  };
  const { severity, memory } = verdict({
    usage: undefined,
    consumers: [
      { ...consumer, memoryRequest: 9900 * Mi },
      { ...consumer, memoryRequest: undefined },
    ],
  });
  expect(severity).toBe("unknown");
  expect(memory).toMatchObject({ basis: "requested", used: 9900 * Mi, share: 0.99 });
});

test("figures that are too old decide nothing", () => {
  expect(kinds({ usage: usage(9900 * Mi, now - 299_000) })).toEqual(["memory"]);
  expect(kinds({ usage: usage(9900 * Mi, now - 301_000) })).toEqual(["no-figures"]);
  expect(kinds({ readAt: now - 301_000 })).toEqual(["no-figures"]);
});

test("not ready, silent, under pressure, cordoned: each is said, the worst first", () => {
  expect(kinds({ node: node("uzig", 10_000, { ready: false }) })).toEqual(["not-ready"]);
  expect(kinds({ node: node("uzig", 10_000, { ready: undefined }), usage: undefined })).toEqual(["silent", "no-figures"]);
  expect(kinds({ node: node("uzig", 10_000, { pressures: ["MemoryPressure"], unschedulable: true }) })).toEqual(["pressure", "cordoned"]);
  expect(verdict({ node: node("uzig", 10_000, { unschedulable: true }) })).toMatchObject({ severity: "warning", schedulable: false });
  expect(kinds({ usage: usage(1000 * Mi, now, 1850) })).toEqual(["cpu"]);
});
