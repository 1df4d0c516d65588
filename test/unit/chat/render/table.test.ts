import * as fc from "fast-check";
import { expect, test } from "vitest";
import { alignRows, bar } from "../../../../src/chat/render/table.ts";

test("figures stand right, names left, a lone cell runs over all columns", () => {
  expect(alignRows([["a heading over all the columns"], ["Grafana", "682 Mi"], ["VictoriaMetrics", "1.2 Gi"]])).toEqual([
    "a heading over all the columns",
    "Grafana         682 Mi",
    "VictoriaMetrics 1.2 Gi",
  ]);
});

test("the widest column gives way first", () => {
  expect(alignRows([["🔴 full", "cl1abcdefghijklmnopqrs-uzig", "94 %", "cpu 19 %"]])).toEqual(["🔴 full cl1abcdefghijkl… 94 % cpu 19 %"]);
});

test("a bar is empty only at nothing, full only when full, and absent when nobody knows", () => {
  expect(bar(undefined, 5)).toBe("");
  expect([0, 0.001, 0.5, 0.999, 1, 7].map((share) => bar(share, 5))).toEqual(["░░░░░", "█░░░░", "███░░", "████░", "█████", "█████"]);
  fc.assert(
    fc.property(fc.double(), (share) => {
      expect([0, 5]).toContain(bar(share, 5).length);
    }),
  );
});
