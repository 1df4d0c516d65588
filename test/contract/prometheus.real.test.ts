/** Debian's Prometheus and Alertmanager together: rules make alerts of figures, and a kill loses none of them. */
import { describe, expect, test } from "vitest";
import { startAlertmanager, startAlertmanagerPair } from "../bed/alertmanager.ts";
import { figureRule, startPrometheus, watchdogRule } from "../bed/prometheus.ts";
import { alertmanagerClient } from "../support/alertmanager-client.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

describe("Prometheus and Alertmanager", () => {
  test("an alert begins and ends with its figure, carries its rule's labels and annotations, and the watchdog goes on", async () => {
    await using webhook = await startWebhookReceiver();
    await using alertmanager = await startAlertmanager({ webhook: { url: webhook.url, basic: { user: "prod", password: "secret" } }, repeatInterval: "3s" });
    const rules = [figureRule("DiskFull", "critical", { description: "{{ $labels.instance }} is full" }), watchdogRule];
    await using prometheus = await startPrometheus({ alertmanagers: [alertmanager.baseUrl], rules, externalLabels: { cluster: "prod" } });
    await webhook.waitFor("Watchdog", 1);
    prometheus.set("DiskFull", 97, { instance: "uzig" });
    const [began] = await webhook.waitFor("DiskFull", 1);
    prometheus.set("DiskFull", 0, { instance: "uzig" });
    await expect.poll(() => webhook.told("DiskFull").at(-1)?.body.status, { timeout: 20_000 }).toBe("resolved");
    await webhook.waitFor("Watchdog", 2);
    expect(began?.headers["authorization"]).toBe(`Basic ${Buffer.from("prod:secret").toString("base64")}`);
    expect(began?.body.commonLabels).toEqual({ alertname: "DiskFull", cluster: "prod", instance: "uzig", job: "bed", name: "DiskFull", severity: "critical" });
    expect(began?.body.commonAnnotations).toEqual({
      summary: "DiskFull at 97",
      runbook_url: "https://runbooks.example/DiskFull",
      description: "uzig is full",
    });
    expect(await prometheus.firing()).toEqual(["Watchdog"]);
  });

  test("what an Alertmanager was told of silences and of what it told outlives its restart", async () => {
    await using webhook = await startWebhookReceiver();
    await using alertmanager = await startAlertmanager({ webhook: { url: webhook.url } });
    const client = alertmanagerClient(alertmanager.baseUrl);
    const id = await client.silence({ matchers: [{ name: "alertname", value: "Muted", isRegex: false }] });
    await client.fire({ labels: { alertname: "Told" } });
    await webhook.waitFor("Told", 1);
    // It notes what it told only once it has the answer.
    await expect.poll(() => client.figure("alertmanager_notification_latency_seconds_count")).toBe(1);
    await alertmanager.restart();
    expect((await client.request("GET", `/api/v2/silence/${id}`)).body).toMatchObject({ status: { state: "active" } });
    await client.fire({ labels: { alertname: "Told" } }, { labels: { alertname: "Sentinel" } });
    await webhook.waitFor("Sentinel", 1);
    expect(webhook.told("Told")).toHaveLength(1);
  });

  test("of two peers one tells while both live, and the other when it is killed; a silence is known to both", async () => {
    await using webhook = await startWebhookReceiver();
    const [first, second] = await startAlertmanagerPair({ webhook: { url: webhook.url }, peerTimeout: "2s" });
    await using stack = new AsyncDisposableStack();
    stack.use(first);
    stack.use(second);
    await using prometheus = await startPrometheus({ alertmanagers: [first.baseUrl, second.baseUrl], rules: [figureRule("Shared", "warning")] });
    const id = await alertmanagerClient(first.baseUrl).silence({ matchers: [{ name: "alertname", value: "Muted", isRegex: false }] });
    await expect.poll(async () => (await alertmanagerClient(second.baseUrl).request("GET", `/api/v2/silence/${id}`)).status, { timeout: 10_000 }).toBe(200);
    prometheus.set("Shared", 1, { instance: "a" });
    await webhook.waitFor("Shared", 1);
    await first.kill();
    prometheus.set("Shared", 1, { instance: "b" });
    await expect.poll(() => webhook.told("Shared").at(-1)?.body.alerts.length, { timeout: 20_000 }).toBe(2);
    expect(webhook.told("Shared").at(-1)?.body.externalURL).toBe(second.baseUrl);
  });
});
