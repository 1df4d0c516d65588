import { describe, expect, test } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema/root.ts";
import { exampleFile, minimal, mistakesIn } from "./example.ts";

const source = { name: "prod", bearer: { file: "/run/prod" } };

const withAlerts = (alerts: object = {}, more: object = {}): string => minimal({ alerts: { sources: [source], defaultRoom: "ops", ...alerts }, ...more });

const alertsOf = (text: string): NonNullable<Config["alerts"]> => {
  const { alerts } = parseConfig("test.yaml", text).config;
  if (alerts === undefined) throw new Error("no alerts");
  return alerts;
};

test("an Opsroom that only shows alerts has no cluster and no homeserver", () => {
  const { config } = parseConfig("test.yaml", withAlerts({}, { clusters: undefined }));

  expect(config).toMatchObject({ clusters: [], homeservers: [], alerts: { listen: { host: "0.0.0.0", port: 9095 } } });
  expect(mistakesIn(minimal({ clusters: [] }))).toEqual([]);
});

test("without `alerts` none are taken", () => {
  expect(parseConfig("test.yaml", minimal()).config.alerts).toBeUndefined();
});

test("what is left out mentions nobody and shows everything in one room", () => {
  expect(alertsOf(withAlerts()).settings).toEqual({
    sources: [{ name: "prod", alertmanager: undefined, watchdog: undefined }],
    roomLabel: "matrix_room",
    severityLabel: "severity",
    severityWords: {},
    routes: [],
    defaultRoom: "ops",
    pings: [],
    quietHours: undefined,
    message: { instances: 10, moveAfterMs: 43_200_000, moveAfterMessages: 50, pingAgainAfterMs: 900_000 },
    forgetAfterMs: 259_200_000,
    template: { title: undefined, line: undefined },
  });
});

test("a heartbeat is called Watchdog, is missed after six minutes, and that is said in the default room", () => {
  const [prod] = alertsOf(withAlerts({ sources: [{ ...source, watchdog: {} }] })).settings.sources;

  expect(prod?.watchdog).toEqual({ matchers: [{ name: "alertname", op: "=", value: "Watchdog" }], afterMs: 360_000, room: "ops", mention: [] });
});

test("quiet hours are in the configuration's time zone unless they have one of their own; words of severity count in any case", () => {
  const alerts = { quietHours: { from: "22:30", to: "08:00" }, severityWords: { P1: "critical" } };

  const moscow = alertsOf(withAlerts(alerts, { timeZone: "Europe/Moscow" })).settings;
  const utc = alertsOf(withAlerts({ quietHours: { ...alerts.quietHours, timeZone: "UTC" } }, { timeZone: "Europe/Moscow" })).settings;

  expect(moscow.quietHours).toEqual({ fromMinute: 1350, toMinute: 480, timeZone: "Europe/Moscow" });
  expect(utc.quietHours?.timeZone).toBe("UTC");
  expect(moscow.severityWords).toEqual({ p1: "critical" });
});

test("the example: two sources with a credential each, silences by a third, three routes, an escalation", async () => {
  const { alerts } = await loadConfig(exampleFile);

  expect(alerts?.credentials).toEqual([
    { source: "prod", kind: "bearer", secret: { kind: "file", file: "/run/secrets/opsroom/alerts-prod" } },
    { source: "homelab", kind: "basic", user: "alertmanager", secret: { kind: "file", file: "/run/secrets/opsroom/alerts-homelab" } },
  ]);
  expect(alerts?.alertmanagers).toEqual([
    {
      source: "prod",
      url: "https://alertmanager.mrt0rtikize.ru",
      credential: { kind: "basic", user: "opsroom", secret: { kind: "file", file: "/run/secrets/opsroom/alertmanager-prod" } },
      caFile: undefined,
    },
  ]);
  expect(alerts?.settings.routes.map(({ matchers, receivers, rooms }) => [matchers.length, receivers, rooms])).toEqual([
    [1, [], ["quiet"]],
    [2, [], ["ops", "quiet"]],
    [0, ["homelab"], ["quiet"]],
  ]);
  expect(alerts?.settings.pings[0]).toMatchObject({ severities: ["critical"], always: true, escalate: { afterMs: 900_000 } });
});

describe("mistakes", () => {
  const sources = (...more: readonly object[]): object => ({ sources: [source, ...more] });

  test.each([
    ["no source", { sources: [] }, "alerts.sources", /at least one/u],
    ["a source without a credential", { sources: [{ name: "prod" }] }, "alerts.sources[0]", /exactly one of basic and bearer/u],
    ["a source with two", { sources: [{ ...source, basic: { user: "a", password: { env: "A" } } }] }, "alerts.sources[0]", /exactly one/u],
    ["two sources of one name", sources({ name: "prod", bearer: { env: "B" } }), "alerts.sources[1].name", /a name of its own/u],
    ["a user name with a colon", { sources: [{ name: "prod", basic: { user: "a:b", password: { env: "A" } } }] }, "alerts.sources[0].basic.user", /colon/u],
    ["a default room that is none", { defaultRoom: "opps" }, "alerts.defaultRoom", /one of the rooms ops/u],
    ["a route to a room that is none", { routes: [{ match: 'a="b"', rooms: ["ops", "opps"] }] }, "alerts.routes[0].rooms[1]", /one of the rooms ops/u],
    ["a watchdog's room that is none", { sources: [{ ...source, watchdog: { room: "x" } }] }, "alerts.sources[0].watchdog.room", /one of the rooms ops/u],
    ["a route that fits everything", { routes: [{ rooms: ["ops"] }] }, "alerts.routes[0]", /match, receivers or both/u],
    ["matchers that are none", { routes: [{ match: "severity", rooms: ["ops"] }] }, "alerts.routes[0].match", /matchers such as .*; here: /u],
    ["somebody who is no user id", { pings: [{ mention: ["nadia"] }] }, "alerts.pings[0].mention[0]", /@nadia:example\.org/u],
    ["everybody", { pings: [{ mention: ["@room"] }] }, "alerts.pings[0].mention[0]", /@nadia:example\.org/u],
    ["an escalation to nobody", { pings: [{ mention: [], escalate: { mention: [] } }] }, "alerts.pings[0].escalate.mention", /at least one/u],
    ["a severity that is none", { pings: [{ severities: ["critcal"], mention: [] }] }, "alerts.pings[0].severities[0]", /one of critical, warning/u],
    ["a word that means nothing", { severityWords: { p1: "bad" } }, "alerts.severityWords.p1", /one of critical, warning/u],
    ["a time that no clock shows", { quietHours: { from: "24:00", to: "08:00" } }, "alerts.quietHours.from", /"22:00"/u],
    ["quiet hours of no length", { quietHours: { from: "08:00", to: "08:00" } }, "alerts.quietHours.to", /another time/u],
    ["a time zone that is none", { quietHours: { from: "22:00", to: "08:00", timeZone: "Moscow" } }, "alerts.quietHours.timeZone", /time zone/u],
    ["a template that does not end", { template: { title: "{{#labels.a}}x" } }, "alerts.template.title", /Mustache template/u],
    ["a template that names what is not there", { template: { line: "{{instance}}" } }, "alerts.template.line", /\{\{instance\}\}.*labels\.NAME/u],
    [
      "a credential over plain http",
      { sources: [{ ...source, alertmanager: { url: "http://am.example.org", bearer: { env: "A" } } }] },
      "alerts.sources[0].alertmanager.url",
      /https/u,
    ],
    [
      "an address with a password",
      { sources: [{ ...source, alertmanager: { url: "https://u:p@am.example.org" } }] },
      "alerts.sources[0].alertmanager.url",
      /without user/u,
    ],
  ])("%s is one, at its place, and says what is allowed", (_, alerts, path, allowed) => {
    expect(mistakesIn(withAlerts(alerts))).toMatchObject([{ path, allowed: expect.stringMatching(allowed) }]);
  });

  test("a room or a severity that is nearly right is named", () => {
    const found = mistakesIn(withAlerts({ defaultRoom: "opps", pings: [{ severities: ["critcal"], mention: [] }] }));

    expect(found.map(({ nearest }) => nearest)).toEqual(["critical", "ops"]);
  });

  test("an Alertmanager without a credential may be reached by plain http", () => {
    expect(mistakesIn(withAlerts({ sources: [{ ...source, alertmanager: { url: "http://alertmanager:9093/am/" } }] }))).toEqual([]);
  });
});
