import { describe, expect, test } from "vitest";
import { fold } from "../../../../src/alerts/fold.ts";
import type { AlertGroup } from "../../../../src/alerts/group.ts";
import { renderGroup, titleOf, type RenderOptions } from "../../../../src/alerts/render.ts";
import { renderContent } from "../../../../src/chat/render/content.ts";
import { parseUserId } from "../../../../src/ids.ts";
import { alertDelivery, alertSettings, type GivenAlert } from "../../../support/alerts.ts";
import { lintHtml } from "../../../support/html-linter.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 5, 12, 12);
const nadia = parseUserId("@nadia:example.org");
const settings = alertSettings();

type Given = Parameters<typeof alertDelivery>[0];

/** Deliveries at noon and every ten minutes after it. */
function groupOf(...deliveries: readonly Given[]): AlertGroup {
  let group: AlertGroup | undefined;
  for (const [at, given] of deliveries.entries()) ({ group } = fold(group, alertDelivery({ receivedAt: noon + at * 10 * minute, ...given }), settings));
  if (group === undefined) throw new Error("no delivery");
  return group;
}

/** The plain text, line by line; the HTML is linted. Seen at 15:30 in Moscow. */
function shown(group: AlertGroup, options: Partial<RenderOptions> = {}): readonly string[] {
  const view = { now: noon + 30 * minute, timeZone: "Europe/Moscow" };
  const content = renderContent(renderGroup(group, { settings, view, ...options }), { mentions: [] });
  expect(lintHtml(content.formatted_body)).toEqual([]);
  return content.body.split("\n");
}

const node = (name: string, given: Partial<GivenAlert> = {}): GivenAlert => ({
  startsAt: noon - minute,
  ...given,
  labels: { alertname: "KubeNodeNotReady", severity: "critical", job: "kubelet", prometheus: "monitoring/k8s", node: name, ...given.labels },
});

describe("while it fires", () => {
  test("the first line says how bad, what, and how many: it is what a telephone shows", () => {
    expect(shown(groupOf({ alerts: [node("uzig"), node("ofem"), node("efur")] }))[0]).toBe("🔴 CRITICAL KubeNodeNotReady · 3 firing");
    expect(shown(groupOf({ alerts: [node("uzig")] }))[0]).toBe("🔴 CRITICAL KubeNodeNotReady");
  });

  test("the whole of it, what is the same in all once", () => {
    const group = groupOf(
      {
        alerts: [node("uzig", { generatorUrl: "http://prometheus:9090/graph?g0.expr=up" }), node("ofem")],
        commonAnnotations: {
          summary: "A node is not ready",
          description: "Pods will be moved.",
          runbook_url: "https://runbooks.example/node",
          dashboardURL: "https://grafana/d/1",
        },
        externalUrl: "http://alertmanager:9093",
      },
      {
        alerts: [node("uzig"), node("ofem", { status: "resolved" }), node("efur", { startsAt: noon + 9 * minute })],
        commonAnnotations: { summary: "A node is not ready" },
      },
    );
    expect(shown(group)).toEqual([
      "🔴 CRITICAL KubeNodeNotReady · 2 firing",
      "A node is not ready",
      "job=kubelet",
      "- node=uzig",
      "- node=efur · since 15:09 MSK",
      "- ~~node=ofem~~",
      "since 31 min ago, 14:59 MSK · prod",
      "👀 acknowledge · 🔕 silence",
    ]);
  });

  test("links stand on one line, and only those that lead somewhere", () => {
    const annotations = {
      runbook_url: "https://runbooks.example/node\n",
      dashboard_url: "javascript:alert(1)",
      panelURL: "https://bank.example@evil.example/",
    };
    const group = groupOf({ alerts: [node("a", { annotations, generatorUrl: `http://p/${"x".repeat(2000)}` })], externalUrl: "http://alertmanager:9093" });
    expect(shown(group).find((line) => line.startsWith("🔗"))).toBe("🔗 runbook (https://runbooks.example/node) · Alertmanager (http://alertmanager:9093/)");
    expect(shown(groupOf({ alerts: [node("a")] })).some((line) => line.startsWith("🔗"))).toBe(false);
  });

  test("the first instances are named, the rest counted, and the newest of them named too", () => {
    const alerts = ["a", "b", "c", "d", "e", "f"].map((name) => node(name));
    const lines = shown(groupOf({ alerts: [...alerts, node("new", { startsAt: noon + 5 * minute })], receivedAt: noon + 6 * minute, truncated: 12 }));
    expect(lines[0]).toBe("🔴 CRITICAL KubeNodeNotReady · 19 firing");
    expect(lines.filter((line) => line.startsWith("- "))).toHaveLength(5);
    expect(lines).toContain("… and 2 more, the newest node=new · since 15:05 MSK");
    expect(lines).toContain("… and 12 more that Alertmanager cut off");
  });

  test("those that ended are struck through as far as there is room, and counted beyond", () => {
    const all = ["a", "b", "c", "d", "e", "f", "g"];
    const group = groupOf({ alerts: all.map((name) => node(name)) }, { alerts: ["a", "b", "c"].map((name) => node(name)) });
    const lines = shown(group);
    expect(lines.filter((line) => line.startsWith("- ~~"))).toHaveLength(2);
    expect(lines).toContain("… and 2 that ended");
  });

  test("who is on it and until when it is silent is said, in place of the hint", () => {
    const group = groupOf({ alerts: [node("a")] });
    const acknowledged = { ...group, acknowledged: { by: nadia, at: noon + 20 * minute, reaction: undefined } };
    expect(shown(acknowledged).at(-1)).toBe("👀 @nadia:example.org is on it, 10 min ago, 15:20 MSK");
    const silenced = shown({ ...group, silence: { id: "s", by: nadia, until: noon + 24 * 60 * minute, reaction: undefined } });
    expect(silenced[0]).toBe("🔕 🔴 CRITICAL KubeNodeNotReady");
    expect(silenced.at(-1)).toBe("🔕 silenced by @nadia:example.org until 13 Jun 15:00 MSK");
  });

  test("a delay is said, and whose it was", () => {
    const group = groupOf({ alerts: [node("a", { startsAt: noon - 22 * minute })] });
    expect(shown(group)).toContain("⏳ it began at 14:38 MSK, and I was told at 15:00 MSK");
    expect(shown(group, { lateness: { receivedAt: noon, why: "the homeserver was away" } })).toContain(
      "⏳ I heard of it at 15:00 MSK and could not show it at once: the homeserver was away",
    );
    expect(shown(groupOf({ alerts: [node("a")] })).some((line) => line.startsWith("⏳"))).toBe(false);
  });

  test("a note and the message before it are said", () => {
    const lines = shown(groupOf({ alerts: [node("a")] }), { note: "meant for attic", before: { label: "the one before", link: "https://matrix.to/#/!a/$b" } });
    expect(lines).toContain("ℹ️ meant for attic");
    expect(lines).toContain("↪ instead of the one before");
  });

  test("a severity that nobody knows is shown by its word, at the end too", () => {
    const purple = { labels: { severity: "purple" } };
    expect(shown(groupOf({ alerts: [node("a", purple)] }))[0]).toBe("🟠 PURPLE KubeNodeNotReady");
    expect(shown(groupOf({ alerts: [node("a", purple)] }, { alerts: [node("a", { ...purple, status: "resolved" })] }))[0]).toBe(
      "✅ ~~🟠 PURPLE KubeNodeNotReady~~",
    );
  });

  test("times are in the zone of the configuration, with the date when it is another day", () => {
    const group = groupOf({ alerts: [node("a", { startsAt: noon - 24 * 60 * minute })] });
    expect(shown(group)).toContain("since 1 d ago, 11 Jun 15:00 MSK · prod");
    expect(shown(group, { view: { now: noon + 30 * minute, timeZone: "America/New_York" } }).join("\n")).toContain("since 1 d ago, 11 Jun 08:00 GMT-4");
  });
});

describe("when it has ended", () => {
  test("it is short: crossed out, how long it lasted, what it was", () => {
    const group = groupOf({ alerts: [node("a"), node("b")] }, { alerts: [node("a", { status: "resolved" }), node("b", { status: "resolved" })] });
    expect(shown(group)).toEqual(["✅ ~~🔴 CRITICAL KubeNodeNotReady~~", "lasted 11 min: 14:59 MSK to 15:10 MSK · prod", "node=a, node=b"]);
  });

  test("many instances are counted, also where their names are long", () => {
    const alerts = Array.from({ length: 40 }, (_, at) => node(`${at}-${"x".repeat(300)}`, { status: "resolved" }));
    const line = shown(groupOf({ alerts })).at(-1) ?? "";
    expect(line).toMatch(/ and 3[5-9] more$/u);
    expect(line.length).toBeLessThan(500);
  });

  test("who had been on it is kept", () => {
    const group = groupOf({ alerts: [node("a")] }, { alerts: [node("a", { status: "resolved" })] });
    expect(shown({ ...group, acknowledged: { by: nadia, at: noon, reaction: undefined } }).at(-1)).toBe("👀 @nadia:example.org had acknowledged it");
  });
});

describe("names", () => {
  const names = (...all: readonly (string | undefined)[]): AlertGroup =>
    groupOf({
      groupLabels: { namespace: "matrix" },
      alerts: all.map((alertname, at) => ({ labels: alertname === undefined ? { at: `${at}` } : { alertname, at: `${at}` } })),
    });

  test.each([
    [names("A", "A"), "A"],
    [names("A", "B"), "A, B"],
    [names("A", "B", "C", "D", "E"), "A, B, C and 2 more"],
    [names(undefined), "namespace=matrix"],
    [{ ...names(undefined), groupLabels: {} }, "alerts without a name"],
  ])("%#: %s", (group, title) => {
    expect(titleOf(group, settings)).toBe(title);
  });

  test("a template names the group and its lines; where it says nothing the usual is said", () => {
    const template = { title: "{{labels.job}}: {{alertname}} x{{count}}", line: "{{labels.node}}{{#annotations.value}} at {{.}}{{/annotations.value}}" };
    const group = groupOf({ alerts: [node("a", { annotations: { value: "94 %" } }), node("b")] });
    const lines = shown(group, { settings: { ...settings, template } });
    expect(lines[0]).toBe("🔴 CRITICAL kubelet: KubeNodeNotReady x2 · 2 firing");
    expect(lines).toContain("- a at 94 %");
    expect(lines).toContain("- b");
    const empty = shown(group, { settings: { ...settings, template: { title: "{{labels.none}}", line: "{{labels.none}}" } } });
    expect(empty[0]).toBe("🔴 CRITICAL KubeNodeNotReady · 2 firing");
    expect(empty).toContain("- node=a");
  });
});
