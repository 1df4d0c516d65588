import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../../src/alerts/delivery.ts";
import { parseWebhook, unescapeReceiver, type ParsedWebhook } from "../../../../src/alerts/intake/parse-webhook.ts";
import { alertmanager, grafana } from "./fixtures.ts";

const receivedAt = Date.UTC(2026, 5, 12, 15, 0, 0);

const read = (body: unknown): ParsedWebhook => parseWebhook(JSON.stringify(body), { source: "prod", receiver: "ops", receivedAt });

function deliveryIn(body: unknown): Delivery {
  const parsed = read(body);
  if (parsed.kind !== "delivery") throw new Error(`no delivery: ${JSON.stringify(parsed)}`);
  return parsed.delivery;
}

const alertWith = (changes: object): object => ({ alerts: [{ status: "firing", labels: { alertname: "A" }, ...changes }] });
const firstOf = (body: unknown): Delivery["alerts"][number] => {
  const [alert] = deliveryIn(body).alerts;
  if (alert === undefined) throw new Error("no alert");
  return alert;
};

describe("every Alertmanager since 0.25", () => {
  test("0.25: what fires has no end, what ended has one", () => {
    expect(deliveryIn(alertmanager["0.25"])).toEqual({
      source: "prod",
      receiver: "ops",
      groupKey: '{}:{alertname="SynapseMemoryHigh"}',
      alerts: [
        {
          fingerprint: "a1b2c3d4e5f60718",
          status: "firing",
          labels: { alertname: "SynapseMemoryHigh", instance: "10.1.0.7:9000", namespace: "matrix-t0rt1k", severity: "critical" },
          annotations: { summary: "Synapse uses 94 % of its memory", runbook_url: "https://runbooks.example.org/synapse-memory" },
          startsAt: Date.UTC(2026, 5, 12, 14, 2, 11, 123),
          endsAt: undefined,
          generatorUrl: "http://prometheus-0:9090/graph?g0.expr=up&g0.tab=1",
        },
        expect.objectContaining({ fingerprint: "18f7e6d5c4b3a291", status: "resolved", endsAt: Date.UTC(2026, 5, 12, 14, 32, 11, 123) }),
      ],
      groupLabels: { alertname: "SynapseMemoryHigh" },
      commonLabels: { alertname: "SynapseMemoryHigh", namespace: "matrix-t0rt1k", severity: "critical" },
      commonAnnotations: { summary: "Synapse uses 94 % of its memory" },
      routeLabels: {},
      externalUrl: "http://alertmanager-0:9093",
      truncated: 0,
      reason: undefined,
      receivedAt,
    });
  });

  test("0.27: label names in UTF-8, and alerts that it cut off", () => {
    expect(deliveryIn(alertmanager["0.27"])).toMatchObject({ truncated: 3, commonLabels: { "k8s.pod/name": "synapse-0" } });
  });

  test("0.32: why it was sent", () => {
    expect(deliveryIn(alertmanager["0.32"]).reason).toBe("first notification");
  });

  test("0.34: labels of the route", () => {
    expect(deliveryIn(alertmanager["0.34"])).toMatchObject({ reason: "new alerts added", routeLabels: { matrix_room: "quiet" } });
  });

  test("null for what is empty; an alert that is null may be one that is known, so it counts as cut off", () => {
    const delivery = deliveryIn(alertmanager["0.25 with nulls"]);

    expect(delivery).toMatchObject({ groupLabels: {}, truncated: 1, alerts: [{ fingerprint: "a1b2c3d4e5f60718", annotations: {} }] });
  });
});

test("Grafana: its links become annotations, unless there are such", () => {
  expect(firstOf(grafana)).toMatchObject({
    startsAt: Date.UTC(2026, 5, 12, 7, 51, 3, 157),
    annotations: {
      summary: "This alert was triggered for zone us-1",
      dashboard: "https://play.grafana.org/d/000000001/dashboard",
      panel_url: "https://play.grafana.org/d/000000001/dashboard?viewPanel=2",
      silence: expect.stringContaining("https://play.grafana.org/alerting/silence/new"),
    },
  });
  expect(firstOf(alertWith({ annotations: { dashboard: "https://own" }, dashboardURL: "https://other" })).annotations).toEqual({ dashboard: "https://own" });
});

describe("the receiver", () => {
  test("the address names it; without one the body does, Alertmanager's escaping undone", () => {
    const text = JSON.stringify(alertmanager["0.25"]);
    const of = (receiver: string): unknown => parseWebhook(text, { source: "prod", receiver, receivedAt });

    expect(of("ns/am/hook")).toMatchObject({ delivery: { receiver: "ns/am/hook" } });
    expect(of("")).toMatchObject({ delivery: { receiver: "ops.matrix" } });
  });

  test("whatever Go's QuoteMeta escapes is as it was", () => {
    const quoteMeta = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/gu, String.raw`\$&`);

    const unit = fc.constantFrom("a", "/", "-", "\\", ".", "+", "*", "?", "(", ")", "|", "[", "]", "{", "}", "^", "$");

    expect(unescapeReceiver(String.raw`ops\.matrix`)).toBe("ops.matrix");
    fc.assert(fc.property(fc.string({ unit }), (name) => unescapeReceiver(quoteMeta(name)) === name));
  });
});

describe("what is missing", () => {
  test("one alert with one label is enough", () => {
    expect(deliveryIn({ alerts: [{ labels: { alertname: "A" } }] })).toMatchObject({
      groupKey: '{}:{alertname="A"}',
      groupLabels: {},
      commonLabels: { alertname: "A" },
      alerts: [{ status: "firing", fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/u), startsAt: undefined, endsAt: undefined }],
    });
  });

  test("a fingerprint is made of the labels, in whichever order they stand", () => {
    const one = firstOf({ alerts: [{ labels: { a: "1", b: "2" } }] });
    const same = firstOf({ alerts: [{ labels: { b: "2", a: "1" } }] });
    const other = firstOf({ alerts: [{ labels: { a: "1", b: "3" } }] });

    expect(same.fingerprint).toBe(one.fingerprint);
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });

  test("a group key is made of the group's labels", () => {
    const key = (groupLabels: object): string => deliveryIn({ groupLabels, alerts: [{ labels: { alertname: "A", instance: "x" } }] }).groupKey;

    expect(key({ severity: "page", alertname: "A" })).toBe('{}:{alertname="A", severity="page"}');
  });

  test.each([
    ["the group's status counts", { status: "resolved", alerts: [{ labels: {} }] }, "resolved"],
    ["an end in the past is an end", { alerts: [{ labels: {}, endsAt: "2026-06-12T14:00:00Z" }] }, "resolved"],
    ["an end to come is none yet", { alerts: [{ labels: {}, endsAt: "2026-06-12T16:00:00Z" }] }, "firing"],
    ["nothing known: it fires", { alerts: [{ labels: {} }] }, "firing"],
    ["an unknown word: it fires", { alerts: [{ labels: {}, status: "pending" }] }, "firing"],
  ])("an alert without a status: %s", (_, body, status) => {
    expect(firstOf(body).status).toBe(status);
  });
});

test.each([
  ["Go's zero time", "0001-01-01T00:00:00Z", undefined],
  ["the epoch", "1970-01-01T00:00:00Z", undefined],
  ["no time at all", "yesterday", undefined],
  ["a number", 1_780_000_000, undefined],
  ["null", null, undefined],
  ["long ago", "1999-12-31T23:59:59Z", Date.UTC(1999, 11, 31, 23, 59, 59)],
  ["to come", "2099-01-01T00:00:00Z", Date.UTC(2099, 0, 1)],
  ["a year that no calendar has", "9999999-01-01T00:00:00Z", undefined],
  ["another zone", "2026-06-12T18:00:00+03:00", receivedAt],
])("a time that is %s", (_, startsAt, expected) => {
  expect(firstOf(alertWith({ startsAt, endsAt: startsAt })).startsAt).toBe(expected);
});

describe("bounds", () => {
  test("of 10,000 alerts 2,000 are kept, those that fire first; of the rest those that fire are counted, and what has ended has ended", () => {
    const alerts = Array.from({ length: 10_000 }, (_, at) => ({ status: at % 10 === 0 ? "firing" : "resolved", labels: { alertname: "A", at: String(at) } }));

    const delivery = deliveryIn({ alerts, truncatedAlerts: 5 });

    expect(delivery.alerts).toHaveLength(2000);
    expect(delivery.alerts.filter((alert) => alert.status === "firing")).toHaveLength(1000);
    expect(delivery.truncated).toBe(5);
    const firing = Array.from({ length: 2500 }, (_, at) => ({ status: "firing", labels: { alertname: "A", at: String(at) } }));
    expect(deliveryIn({ alerts: [...alerts, ...firing] }).truncated).toBe(1500);
  });

  test("of 300 labels 64 are kept, among them those that matter", () => {
    const labels = { ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`a${at}`, "x"])), severity: "critical", alertname: "A", zone: "b" };

    const kept = firstOf({ alerts: [{ labels }], groupLabels: { zone: "b" } }).labels;

    expect(Object.keys(kept)).toHaveLength(64);
    expect(kept).toMatchObject({ alertname: "A", severity: "critical", zone: "b" });
  });

  test("5 MB of annotations become 16 KiB, the summary first", () => {
    const annotations = { a: "x".repeat(5_000_000), b: "y".repeat(9000), c: "z".repeat(9000), d: "z".repeat(9000), summary: "short" };

    const kept = firstOf(alertWith({ annotations })).annotations;

    expect(kept["summary"]).toBe("short");
    expect(kept["a"]).toHaveLength(4096);
    expect(kept["a"]?.endsWith("x…")).toBe(true);
    expect(Object.entries(kept).flat().join("").length).toBeLessThanOrEqual(16 * 1024);
  });

  test("a value is cut between characters, and a name that is too long is left out", () => {
    const { labels } = firstOf(alertWith({ labels: { a: `${"x".repeat(4094)}😀${"x".repeat(10)}`, ["n".repeat(257)]: "1" } }));

    expect(labels).toEqual({ a: `${"x".repeat(4094)}…` });
  });

  test("numbers and true are text, anything else in a label is left out", () => {
    expect(firstOf(alertWith({ labels: { n: 1.5, t: true, o: {}, l: ["a"], z: null, s: "" } })).labels).toEqual({ n: "1.5", t: "true", s: "" });
  });

  test("labels named like parts of every object are labels like others", () => {
    const text = '{"alerts":[{"labels":{"__proto__":"a","constructor":"b","toString":"c"}}],"groupLabels":{"__proto__":{"polluted":1}}}';

    const parsed = parseWebhook(text, { source: "prod", receiver: "ops", receivedAt });

    expect(parsed.kind === "delivery" && Object.entries(parsed.delivery.alerts[0]?.labels ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["toString", "c"],
    ]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test.each([
    ["control characters", "a\u0000b\u001b[31mc\u202e"],
    ["HTML", '<img src=x onerror="alert(1)"><a href="javascript:alert(1)">x</a>'],
    ["a mention of all", "@room"],
    ["a Matrix link", "https://matrix.to/#/@nadia:example.org"],
    ["half a surrogate pair", "\ud800"],
  ])("%s stay what they are: showing them safely is the renderer's", (_, text) => {
    expect(firstOf(alertWith({ labels: { a: text }, annotations: { summary: text } }))).toMatchObject({ labels: { a: text }, annotations: { summary: text } });
  });
});

describe("what can never be read says why", () => {
  const at = { source: "prod", receiver: "ops", receivedAt };

  test.each([
    ["nothing", "", "the body is not JSON"],
    ["text", "hello", "the body is not JSON"],
    ["JSON cut off", '{"alerts": [{"status": "fir', "the body is not JSON"],
    ["a number", "7", "the body has no list `alerts`"],
    ["null", "null", "the body has no list `alerts`"],
    ["a list", "[]", "the body has no list `alerts`"],
    ["no alerts", '{"version":"4"}', "the body has no list `alerts`"],
    ["alerts that are no list", '{"alerts":{}}', "the body has no list `alerts`"],
    ["alerts that are none", '{"alerts":[null,1,"x"]}', "none of its 3 alerts can be read"],
    ["another version without alerts", '{"version":"7","alerts":[]}', 'the body has no alerts, and its version is not "4"'],
    ["brackets a hundred thousand deep", "[".repeat(100_000), "the body is not JSON"],
  ])("%s", (_, text, why) => {
    expect(parseWebhook(text, at)).toEqual({ kind: "unreadable", why });
  });

  test("an empty list says nothing, and ends nothing", () => {
    expect(parseWebhook('{"version":"4","alerts":[]}', at)).toEqual({ kind: "nothing" });
    expect(parseWebhook('{"version":"4","alerts":null}', at)).toEqual({ kind: "nothing" });
  });

  test("another version with alerts is read", () => {
    expect(deliveryIn({ version: 5, alerts: [{ labels: {} }] }).alerts).toHaveLength(1);
  });
});

test("whatever JSON says, it is read as text by name, or refused in words", () => {
  const nearly = fc.record(
    {
      version: fc.oneof(fc.constant("4"), fc.jsonValue()),
      alerts: fc.array(
        fc.oneof(
          fc.jsonValue(),
          fc.record(
            {
              status: fc.jsonValue(),
              labels: fc.jsonValue(),
              annotations: fc.dictionary(fc.string(), fc.jsonValue()),
              startsAt: fc.jsonValue(),
              endsAt: fc.string(),
            },
            { requiredKeys: [] },
          ),
        ),
      ),
      groupKey: fc.jsonValue(),
      groupLabels: fc.jsonValue(),
      truncatedAlerts: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  expect(read(null).kind).toBe("unreadable");
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearly), (body) => {
      const parsed = read(body);
      if (parsed.kind !== "delivery") return parsed.kind === "nothing" || parsed.why.length > 0;
      const { alerts, truncated } = parsed.delivery;
      const texts = alerts.flatMap((alert) => [...Object.values(alert.labels), ...Object.values(alert.annotations)]);
      return alerts.length > 0 && Number.isInteger(truncated) && texts.every((each) => typeof each === "string");
    }),
    { numRuns: 500 },
  );
});
