import { expect, test } from "vitest";
import { logLines } from "../../../../src/alerts/log-lines.ts";
import type { GroupChange } from "../../../../src/alerts/group.ts";
import { alertDelivery } from "../../../support/alerts.ts";

const at = Date.UTC(2026, 5, 12, 12);
const view = { now: at, timeZone: "Europe/Moscow" };
const pods = (...names: readonly string[]) =>
  alertDelivery({ alerts: names.map((pod) => ({ labels: { alertname: "PodDown", severity: "warning", namespace: "matrix", pod } })) }).alerts;

test.each<[string, GroupChange, string | undefined]>([
  ["began", { kind: "began", again: false, alerts: pods("a", "b") }, "15:00 MSK 🔥 fires: pod=a, pod=b"],
  ["again", { kind: "began", again: true, alerts: pods("a") }, "15:00 MSK 🔥 fires again: namespace=matrix pod=a"],
  ["joined", { kind: "joined", alerts: pods("a", "b", "c", "d", "e", "f") }, "15:00 MSK ➕ 6 more: pod=a, pod=b, pod=c, pod=d and 2 more"],
  ["resolved", { kind: "resolved", alerts: pods("a", "b") }, "15:00 MSK ➖ 2 ended: pod=a, pod=b"],
  ["worse", { kind: "worse", from: "warning", to: "critical" }, "15:00 MSK ⬆️ worse: 🔴 CRITICAL, was 🟠 WARNING"],
  ["better", { kind: "better", from: "critical", to: "info" }, "15:00 MSK ⬇️ better: 🔵 INFO, was 🔴 CRITICAL"],
  ["ended", { kind: "ended", afterMs: 125 * 60_000 }, "15:00 MSK ✅ ended after 2 h"],
  ["reworded", { kind: "reworded" }, undefined],
])("%s", (_name, change, line) => {
  expect(logLines([change], at, view, "severity")).toEqual(line === undefined ? [] : [line]);
});

test("a line is one line, and short, whatever the labels say", () => {
  const [line = ""] = logLines([{ kind: "joined", alerts: pods("x\n".repeat(5000), "y".repeat(10_000), "z\u202e") }], at, view, "severity");
  expect(line.length).toBeLessThanOrEqual(240);
  expect(line).not.toMatch(/[\n\u202e]/u);
});
