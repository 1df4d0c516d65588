import { beforeEach, expect, test } from "vitest";
import type { Labels } from "../../../src/alerts/delivery.ts";
import { alertDesk, type AlertDesk } from "../../../src/sandbox/alert-desk.ts";

let fired: Labels[];
let ended: Labels[];
let desk: AlertDesk;
beforeEach(() => {
  fired = [];
  ended = [];
  desk = alertDesk({ fire: (labels) => fired.push(labels), resolve: (labels) => ended.push(labels) });
});

test("an alert at hand brings its own labels; those given stand in their place", () => {
  desk.fire("NodeMemoryAlmostFull", { instance: "efur" });

  expect(fired).toEqual([{ alertname: "NodeMemoryAlmostFull", severity: "critical", instance: "efur", job: "node-exporter" }]);
});

test("without a name each time another one begins, until there is none left", () => {
  const answers = Array.from({ length: 6 }, () => desk.fire()[0]);

  expect(new Set(fired.map((labels) => labels["alertname"])).size).toBe(5);
  expect(answers.at(-1)).toContain("All of them fire already");
});

test("a storm is fifty groups of ten, ten of them critical, and all of it ends at once", () => {
  desk.storm();
  const critical = fired.filter((labels) => labels["severity"] === "critical").map((labels) => labels["alertname"]);

  expect([fired.length, new Set(fired.map((labels) => labels["alertname"])).size, new Set(critical).size]).toEqual([500, 50, 10]);
  expect(desk.resolve()).toEqual(["500 alerts have ended."]);
  expect(ended).toEqual(fired);
  expect(desk.resolve()).toEqual(["Nothing fires."]);
});

test("of several with one name only those with the labels end", () => {
  desk.fire("DiskFull", { instance: "a" });
  desk.fire("DiskFull", { instance: "b" });
  desk.resolve("DiskFull", { instance: "b" });

  expect(ended.map((labels) => labels["instance"])).toEqual(["b"]);
});
