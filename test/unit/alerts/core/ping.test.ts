import { describe, expect, test } from "vitest";
import type { Labels } from "../../../../src/alerts/delivery.ts";
import { escalationsFor, mayPingAgain, pingsFor } from "../../../../src/alerts/ping.ts";
import type { PingRule } from "../../../../src/alerts/settings.ts";
import type { Severity } from "../../../../src/alerts/severity.ts";
import { parseUserId } from "../../../../src/ids.ts";
import { alertSettings } from "../../../support/alerts.ts";

const nadia = parseUserId("@nadia:example.org");
const oleg = parseUserId("@oleg:example.org");
const lena = parseUserId("@lena:example.org");
const minute = 60_000;
const rule = (given: Partial<PingRule>): PingRule => ({ severities: [], matchers: [], mention: [], always: false, escalate: undefined, ...given });
const settings = alertSettings({
  quietHours: { fromMinute: 22 * 60, toMinute: 8 * 60, timeZone: "Europe/Moscow" },
  pings: [
    rule({ severities: ["critical"], mention: [nadia], always: true, escalate: { afterMs: 15 * minute, mention: [oleg] } }),
    rule({ severities: ["critical", "warning"], mention: [lena, nadia], escalate: { afterMs: 5 * minute, mention: [lena] } }),
    rule({ matchers: [{ name: "team", op: "=", value: "db" }], mention: [oleg], escalate: { afterMs: 15 * minute, mention: [lena, oleg] } }),
  ],
});
const group = (severity: Severity, commonLabels: Labels = {}): Parameters<typeof pingsFor>[0] => ({ severity, commonLabels, groupLabels: {}, routeLabels: {} });

const day = Date.UTC(2026, 5, 12, 12); // 15:00 in Moscow
const night = Date.UTC(2026, 5, 12, 21); // midnight
const morning = Date.UTC(2026, 5, 13, 5); // 08:00

describe("who is mentioned", () => {
  test.each<[string, Parameters<typeof pingsFor>[0], number, ReturnType<typeof pingsFor>]>([
    ["critical by day: all rules that fit, each person once", group("critical"), day, { now: [nadia, lena], later: undefined }],
    ["warning by day", group("warning"), day, { now: [lena, nadia], later: undefined }],
    ["info", group("info"), day, { now: [], later: undefined }],
    ["info with a label", group("info", { team: "db" }), day, { now: [oleg], later: undefined }],
    ["critical at night: at once who is always, the others in the morning", group("critical"), night, { now: [nadia], later: { at: morning, people: [lena] } }],
    ["warning at night", group("warning"), night, { now: [], later: { at: morning, people: [lena, nadia] } }],
    ["info at night", group("info"), night, { now: [], later: undefined }],
    ["warning as the quiet hours end", group("warning"), morning, { now: [lena, nadia], later: undefined }],
    ["nobody has told us how bad it is", group("unknown"), day, { now: [], later: undefined }],
  ])("%s", (_name, about, now, expected) => {
    expect(pingsFor(about, settings, now)).toEqual(expected);
  });

  test("without quiet hours, at any time", () => {
    expect(pingsFor(group("warning"), { ...settings, quietHours: undefined }, night)).toEqual({ now: [lena, nadia], later: undefined });
  });

  test("without rules nobody is", () => {
    expect(pingsFor(group("critical"), { ...settings, pings: [] }, night)).toEqual({ now: [], later: undefined });
  });
});

test("escalation goes by time, and steps at the same time are one", () => {
  expect(escalationsFor(group("critical", { team: "db" }), settings)).toEqual([
    { afterMs: 5 * minute, people: [lena] },
    { afterMs: 15 * minute, people: [oleg, lena] },
  ]);
  expect(escalationsFor(group("info"), settings)).toEqual([]);
});

test("a group that comes and goes does not call the same people each time", () => {
  expect(mayPingAgain(undefined, day, settings)).toBe(true);
  expect(mayPingAgain(day - 10 * minute + 1, day, settings)).toBe(false);
  expect(mayPingAgain(day - 10 * minute, day, settings)).toBe(true);
});
