/** What a webhook is told: the whole group each time, at its beginning, when something changed, at its end, and again after a while. */
import { describe, expect, test } from "vitest";
import { alertmanagerClient } from "../support/alertmanager-client.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { setupFor, type Contract } from "./alertmanager-bed.ts";

const time: unknown = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/u);
const never = "0001-01-01T00:00:00Z";

export function alertmanagerNotificationContract({ world, am, baseUrl, webhook }: Contract): void {
  describe.concurrent("notifications", () => {
    test("the first says everything of the group, by job and instance", async () => {
      const shared = { alertname: "First", severity: "warning", namespace: "matrix-a" };
      await am().fire(
        { labels: { ...shared, instance: "b" }, annotations: { summary: "s <b>", description: "one" }, generatorURL: "http://prometheus/g" },
        { labels: { ...shared, instance: "a", empty: "" }, annotations: { summary: "s <b>" } },
        { labels: { ...shared, instance: "c", job: "j" }, annotations: { summary: "s <b>" } },
      );
      const [told] = await webhook().waitFor("First", 1);
      const alert = (more: Readonly<Record<string, string>>, rest: object): object => ({
        status: "firing",
        labels: { ...shared, ...more },
        annotations: { summary: "s <b>" },
        startsAt: time,
        endsAt: never,
        generatorURL: "",
        ...rest,
      });
      expect(told?.path).toBe("/hook?a=b");
      expect(told?.headers).toMatchObject({ "content-type": "application/json", authorization: "Bearer canary-of-the-contract" });
      expect(told?.body).toEqual({
        receiver: String.raw`ops\.matrix/x`,
        status: "firing",
        alerts: [
          alert({ instance: "c", job: "j" }, { fingerprint: expect.any(String) }),
          alert({ instance: "a" }, { fingerprint: expect.any(String) }),
          alert(
            { instance: "b" },
            { fingerprint: expect.any(String), annotations: { summary: "s <b>", description: "one" }, generatorURL: "http://prometheus/g" },
          ),
        ],
        groupLabels: { alertname: "First" },
        commonLabels: shared,
        commonAnnotations: { summary: "s <b>" },
        externalURL: baseUrl(),
        version: "4",
        groupKey: '{}:{alertname="First"}',
        truncatedAlerts: 0,
      });
    });

    test("one more is told with all the others, one that ended beside those that fire, and the end of the last", async () => {
      const labels = (instance: string): Readonly<Record<string, string>> => ({ alertname: "Changing", instance });
      await am().fire({ labels: labels("a") });
      await webhook().waitFor("Changing", 1);
      await am().fire({ labels: labels("b") });
      await webhook().waitFor("Changing", 2);
      await am().resolve(labels("a"));
      await webhook().waitFor("Changing", 3);
      await am().resolve(labels("b"));
      const told = await webhook().waitFor("Changing", 4);
      const shape = told.map(({ body }) => [body.status, body.alerts.map((alert) => `${alert.labels["instance"]} ${alert.status}`)]);
      expect(shape).toEqual([
        ["firing", ["a firing"]],
        ["firing", ["a firing", "b firing"]],
        ["firing", ["a resolved", "b firing"]],
        ["resolved", ["b resolved"]],
      ]);
      expect(new Set(told.map(({ body }) => body.groupKey)).size).toBe(1);
      expect(told[2]?.body.alerts.map((alert) => alert.endsAt)).toEqual([time, never]);
      expect(told[0]?.body.alerts[0]?.startsAt).toBe(told[2]?.body.alerts[0]?.startsAt);
      expect(await am().alerts({ filter: 'alertname="Changing"' })).toEqual([]);
    });

    test("what goes on is told again, the same, and firing anew after its end begins anew", async () => {
      await am().fire({ labels: { alertname: "Lasting" } });
      const [first, again] = await webhook().waitFor("Lasting", 2);
      expect(again?.body).toEqual(first?.body);
      expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(world.groupIntervalMs * 1.5);
      await am().resolve({ alertname: "Lasting" });
      await webhook().waitFor("Lasting", 3);
      await am().fire({ labels: { alertname: "Lasting" } });
      const told = await webhook().waitFor("Lasting", 4);
      expect(told.map(({ body }) => body.status)).toEqual(["firing", "firing", "resolved", "firing"]);
      expect(told[3]?.body.alerts[0]?.startsAt).not.toBe(told[0]?.body.alerts[0]?.startsAt);
      expect(told[3]?.body.alerts[0]?.fingerprint).toBe(told[0]?.body.alerts[0]?.fingerprint);
    });

    test("a route of its own has its name in the group's key, and tells no more than it may", async () => {
      const labels = { alertname: 'Quoted "x" \\ ю', tier: "front" };
      await am().fire({ labels }, { labels: { ...labels, instance: "2" } }, { labels: { ...labels, instance: "1" } });
      const [told] = await webhook().waitFor(labels.alertname, 1);
      expect(told?.path).toBe("/front");
      expect(told?.body).toMatchObject({ receiver: "front", groupKey: '{}/{tier="front"}:{alertname="Quoted \\"x\\" \\\\ ю"}', truncatedAlerts: 1 });
      expect(told?.body.alerts.map((alert) => alert.labels["instance"])).toEqual(["1", "2"]);
    });

    test("the same labels have the same fingerprint, from everywhere", async () => {
      const labels = { alertname: "Marked", namespace: "matrix-a", severity: "warning", instance: "i0", job: "j", text: 'ю "quoted"' };
      await am().fire({ labels }, { labels: { alertname: "Marked" } });
      const [told] = await webhook().waitFor("Marked", 1);
      const known = { "": "925b13e7b2852f44", i0: "01203a4c97d388ca" };
      expect(Object.fromEntries(told?.body.alerts.map((alert) => [alert.labels["instance"] ?? "", alert.fingerprint]) ?? [])).toEqual(known);
      const listed = await am().alerts({ filter: 'alertname="Marked"' });
      expect(Object.fromEntries(listed.map((alert) => [alert.labels["instance"] ?? "", alert.fingerprint]))).toEqual(known);
    });

    test("two peers may both tell of it: the same group and alerts, another sender", async () => {
      await using slow = await startWebhookReceiver();
      // The second looks whether the first has told already; the first is still waiting for its answer.
      slow.slow(2000);
      const pair = await world.openPair(setupFor(slow));
      try {
        const fire = { labels: { alertname: "Twice", instance: "a" }, startsAt: new Date(Date.now() - 1000).toISOString() };
        await Promise.all(pair.map((each) => alertmanagerClient(each.baseUrl).fire(fire)));
        const [one, other] = await slow.waitFor("Twice", 2);
        expect(other?.body).toEqual({ ...one?.body, externalURL: other?.body.externalURL });
        expect(new Set([one?.body.externalURL, other?.body.externalURL])).toEqual(new Set(pair.map((each) => each.baseUrl)));
      } finally {
        await Promise.all(pair.map((each) => each[Symbol.asyncDispose]()));
      }
    });
  });
}
