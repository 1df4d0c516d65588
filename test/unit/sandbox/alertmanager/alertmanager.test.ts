/** What the contract with a real Alertmanager cannot show: hours, outages of the API, faults. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEmbeddedAlertmanager, type EmbeddedAlertmanager } from "../../../../src/sandbox/alertmanager/alertmanager.ts";
import { alertmanagerClient } from "../../../support/alertmanager-client.ts";
import { manualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../../../support/webhook-receiver.ts";

const minuteMs = 60_000;
let clock: ManualClock;
let webhook: WebhookReceiver;
let alertmanager: EmbeddedAlertmanager;

beforeEach(async () => {
  clock = manualClock();
  webhook = await startWebhookReceiver();
  alertmanager = await startEmbeddedAlertmanager({
    receiver: { name: "opsroom", webhook: { url: () => webhook.url, authorization: undefined }, maxAlerts: 0 },
    authorization: "Bearer known",
    clock,
  });
});
afterEach(async () => {
  await alertmanager[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

const statuses = (alertname: string): readonly string[] => webhook.told(alertname).map(({ body }) => body.status);

test("it waits half a minute, repeats after four hours, and takes for ended what is not told again for five minutes", async () => {
  alertmanager.fire({ alertname: "Old" });
  await clock.advance(29_000);
  expect(statuses("Old")).toEqual([]);
  await clock.advance(1000);
  await webhook.waitFor("Old", 1);
  await clock.advance(5 * minuteMs);
  await webhook.waitFor("Old", 2);
  expect(statuses("Old")).toEqual(["firing", "resolved"]);
});

test("what began longer ago than it waits is told at once", async () => {
  const body = [{ labels: { alertname: "Late" }, startsAt: new Date(clock.now() - minuteMs).toISOString() }];
  const posted = await fetch(`${alertmanager.baseUrl}/api/v2/alerts`, {
    method: "POST",
    headers: { authorization: "Bearer known" },
    body: JSON.stringify(body),
  });
  expect(posted.status).toBe(200);
  await webhook.waitFor("Late", 1);
});

test("a receiver that stays away is tried until the group's next turn, then again", async () => {
  webhook.answer(
    "Away",
    Array.from({ length: 500 }, () => 503),
  );
  alertmanager.fire({ alertname: "Away" });
  await clock.advance(30_000);
  await webhook.waitFor("Away", 1);
  for (let minute = 0; minute < 6 && alertmanager.counts().notificationsFailed === 0; minute += 1)
    for (let second = 0; second < 60; second += 1) await clock.advance(1000);
  expect(alertmanager.counts()).toMatchObject({ notifications: 1, notificationsFailed: 1 });
  expect(webhook.told("Away").length).toBeGreaterThan(5);
});

test("its API wants the credential, goes away and comes back on the same port with what it knew", async () => {
  const client = alertmanagerClient(alertmanager.baseUrl);
  expect((await client.request("GET", "/api/v2/alerts")).status).toBe(401);
  alertmanager.fire({ alertname: "Known" });
  await alertmanager.down();
  await expect(client.request("GET", "/-/ready")).rejects.toThrow("fetch failed");
  await alertmanager.up();
  const headers = { authorization: "Bearer known" };
  const listed = await fetch(`${alertmanager.baseUrl}/api/v2/alerts`, { headers });
  expect(await listed.json()).toMatchObject([{ labels: { alertname: "Known" } }]);
});

test("a reply can be cut after the silence was made", async () => {
  const call = async (method: string, path: string, body?: object): Promise<Response> =>
    fetch(alertmanager.baseUrl + path, {
      method,
      headers: { authorization: "Bearer known" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  alertmanager.faults.next({ path: /silences/u, method: "POST", kind: "cut-reply" });
  const at = (ms: number): string => new Date(clock.now() + ms).toISOString();
  const silence = { matchers: [{ name: "a", value: "b", isRegex: false }], startsAt: at(0), endsAt: at(minuteMs), createdBy: "@nadia:x", comment: "c" };
  await expect(call("POST", "/api/v2/silences", silence)).rejects.toThrow("fetch failed");
  const listed: unknown = await (await call("GET", "/api/v2/silences")).json();
  expect(listed).toMatchObject([{ comment: "c", status: { state: "active" } }]);
  alertmanager.faults.next({ path: /silences/u, kind: "502-html" });
  expect((await call("GET", "/api/v2/silences")).status).toBe(502);
});

test("it is let go while a receiver hangs, and what it was sending is not counted", async () => {
  webhook.slow(60_000);
  alertmanager.fire({ alertname: "Hanging" });
  await clock.advance(30_000);
  await webhook.waitFor("Hanging", 1);
  await alertmanager[Symbol.asyncDispose]();
  expect(alertmanager.counts()).toMatchObject({ notifications: 0, notificationsFailed: 0 });
});
