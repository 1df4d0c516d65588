import { expect, test } from "vitest";
import { isWorse, severities, severityMark, severityOf, worstOf, type Severity } from "../../../../src/alerts/severity.ts";
import { alertSettings } from "../../../support/alerts.ts";

const settings = alertSettings({ severityWords: { p1: "critical", page: "info" } });

test.each<[string, Severity]>([
  ["critical", "critical"],
  ["CRITICAL", "critical"],
  [" critical\n", "critical"],
  ["crit", "critical"],
  ["emergency", "critical"],
  ["error", "critical"],
  ["warning", "warning"],
  ["warn", "warning"],
  ["info", "info"],
  ["none", "none"],
  ["P1", "critical"],
  ["page", "info"],
  ["purple", "unknown"],
  ["", "unknown"],
  ["constructor", "unknown"],
  ["__proto__", "unknown"],
])("%j is %s; the configuration's words count before the usual ones", (word, severity) => {
  expect(severityOf({ severity: word }, settings)).toBe(severity);
});

test("without the label it is not known, and another label can be the one", () => {
  expect(severityOf({}, settings)).toBe("unknown");
  expect(severityOf({ priority: "critical", severity: "info" }, { ...settings, severityLabel: "priority" })).toBe("critical");
  expect(severityOf({}, { ...settings, severityLabel: "toString" })).toBe("unknown");
});

test("nothing is worse than itself, and what is not known is never taken for less than a warning", () => {
  for (const each of severities) expect(isWorse(each, each)).toBe(false);
  expect(isWorse("critical", "unknown")).toBe(true);
  expect(isWorse("unknown", "info")).toBe(true);
  expect(isWorse("warning", "unknown")).toBe(false);
  expect(worstOf(["none", "info", "critical", "warning"])).toBe("critical");
});

test("each has an emoji and a word, since colours are not seen by all; a word that nobody knows is shown, clipped", () => {
  expect(severities.map((each) => severityMark(each))).toEqual(["🔴 CRITICAL", "🟠 WARNING", "🔵 INFO", "⚪ NONE", "🟠 ALERT"]);
  expect(severityMark("unknown", "purple")).toBe("🟠 PURPLE");
  expect(severityMark("unknown", " \n ")).toBe("🟠 ALERT");
  expect(severityMark("unknown", "x".repeat(10_000)).length).toBeLessThan(25);
  expect(severityMark("critical", "page")).toBe("🔴 CRITICAL");
});
