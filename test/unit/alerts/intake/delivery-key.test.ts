import { describe, expect, test } from "vitest";
import { parseDelivery } from "../../../../src/alerts/delivery-json.ts";
import type { Delivery } from "../../../../src/alerts/delivery.ts";
import { deliveryKey, deliveryRecord } from "../../../../src/alerts/intake/delivery-key.ts";
import { parseWebhook } from "../../../../src/alerts/intake/parse-webhook.ts";
import { alertmanager, sentAlerts } from "./fixtures.ts";

const at = { source: "prod", receiver: "ops", receivedAt: Date.UTC(2026, 5, 12, 15) };

function read(body: object, arrival: Partial<typeof at> = {}): Delivery {
  const parsed = parseWebhook(JSON.stringify(body), { ...at, ...arrival });
  if (parsed.kind !== "delivery") throw new Error("no delivery");
  return parsed.delivery;
}

const body = alertmanager["0.32"];
const { firing, resolved } = sentAlerts;
const key = (changes: object, arrival: Partial<typeof at> = {}): string => deliveryKey(read({ ...body, ...changes }, arrival));
const original = key({});

test.each([
  ["a retry, seconds later", {}, { receivedAt: at.receivedAt + 30_000 }],
  ["the other Alertmanager of the pair", { externalURL: "http://alertmanager-1:9093" }, {}],
  ["another order of the alerts", { alerts: [resolved, firing] }, {}],
  ["another order of the labels", { alerts: [{ ...firing, labels: Object.fromEntries(Object.entries(firing.labels).toReversed()) }, resolved] }, {}],
  ["another Prometheus of the pair", { alerts: [{ ...firing, generatorURL: "http://prometheus-1:9090/graph" }, resolved] }, {}],
  ["another reason for being sent", { notification_reason: "repeat interval elapsed" }, {}],
])("%s says the same", (_, changes, arrival) => {
  expect(key(changes, arrival)).toBe(original);
});

test.each([
  ["one ended", { alerts: [{ ...firing, status: "resolved", endsAt: "2026-06-12T14:40:00Z" }, resolved] }, {}],
  ["one began anew", { alerts: [{ ...firing, startsAt: "2026-06-12T14:41:00Z" }, resolved] }, {}],
  ["one ended at another time", { alerts: [firing, { ...resolved, endsAt: "2026-06-12T14:40:00Z" }] }, {}],
  ["one is absent", { alerts: [firing] }, {}],
  ["one is worded otherwise", { alerts: [{ ...firing, annotations: { summary: "96 %" } }, resolved] }, {}],
  ["one is worse", { alerts: [{ ...firing, labels: { ...firing.labels, severity: "warning" } }, resolved] }, {}],
  ["more were cut off", { truncatedAlerts: 1 }, {}],
  ["another group", { groupKey: "{}:{}" }, {}],
  ["another receiver", {}, { receiver: "quiet" }],
  ["another source", {}, { source: "homelab" }],
])("%s: something else", (_, changes, arrival) => {
  expect(key(changes, arrival)).not.toBe(original);
});

describe("what is kept", () => {
  test("tells two Alertmanagers at one address apart by their own names", () => {
    const senders = ["http://alertmanager-0:9093", "http://alertmanager-1:9093", undefined].map(
      (externalURL) => deliveryRecord(read({ ...body, externalURL }), "10.0.0.7").sender,
    );

    expect(senders).toEqual(["10.0.0.7 http://alertmanager-0:9093", "10.0.0.7 http://alertmanager-1:9093", "10.0.0.7"]);
  });

  test("can be read back", () => {
    const delivery = read({ ...body, alerts: [{ ...firing, annotations: { summary: "\u0000 \ud800 </script>" } }] });

    expect(parseDelivery(deliveryRecord(delivery, "").body)).toEqual(delivery);
  });
});
