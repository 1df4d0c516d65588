import fc from "fast-check";
import { expect, test } from "vitest";
import { fold } from "../../../../src/alerts/fold.ts";
import { logLines } from "../../../../src/alerts/log-lines.ts";
import { renderGroup } from "../../../../src/alerts/render.ts";
import { mostContentBytes, renderContent, type MessageContent } from "../../../../src/chat/render/content.ts";
import { parseUserId } from "../../../../src/ids.ts";
import { alertDelivery, alertSettings } from "../../../support/alerts.ts";
import { lintHtml } from "../../../support/html-linter.ts";

const now = Date.UTC(2026, 5, 12, 12);
const view = { now, timeZone: "Europe/Moscow" };

const hostile = [
  "<img src=x onerror=alert(1)>",
  "</code></strong></p><h1>",
  "&lt;script&gt;&amp;",
  "@room",
  "@nadia:example.org",
  "[click](javascript:alert(1))",
  "javascript:alert(1)",
  "data:text/html,<script>",
  "https://matrix.to/#/@nadia:example.org",
  "https://matrix.to/%23/@nadia:example.org",
  "matrix:u/nadia:example.org",
  "https://bank.example@evil.example/",
  '" onmouseover="alert(1)',
  "\u202egnp.exe\u2066",
  "a\u0000b\u001b[31m\u0007",
  "\ud800",
  "line\nbreak\r\n\u2028more",
  "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
  "{{labels.instance}}{{{.}}}",
  "警".repeat(3400),
  "&<>\"'".repeat(2000),
  "x".repeat(10_240),
  " ",
  "",
];

/** What must hold for anything that a room is shown. */
function isHarmless(content: MessageContent): void {
  expect(lintHtml(content.formatted_body)).toEqual([]);
  expect(content.formatted_body).not.toMatch(/<a href="(?:javascript|data|matrix)|href="https:\/\/matrix\.to|<img|<script|<h1/iu);
  expect(content.body).not.toMatch(/matrix\.to\/(?:#|%23)|matrix:(?:u|user)\//iu);
  expect(content["m.mentions"]).toEqual({});
  expect(Buffer.byteLength(JSON.stringify(content.body)) + Buffer.byteLength(JSON.stringify(content.formatted_body))).toBeLessThanOrEqual(mostContentBytes);
}

const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom("uzig", "critical", "KubeNodeNotReady"));
const name = fc.oneof(
  fc.constantFrom("alertname", "severity", "instance", "pod", "namespace", "__proto__", "constructor", "@room", "<b>"),
  fc.constantFrom(...hostile.slice(0, 18)),
);
const annotation = fc.constantFrom("summary", "description", "runbook_url", "dashboard", "dashboardURL", "panelURL", "silence", "message");
const alert = fc.record({
  labels: fc.dictionary(name, text, { maxKeys: 6 }),
  annotations: fc.dictionary(annotation, text, { maxKeys: 5 }),
  status: fc.constantFrom("firing" as const, "resolved" as const),
  generatorUrl: fc.option(text, { nil: undefined }),
});
const delivery = fc.record({
  alerts: fc.uniqueArray(alert, { minLength: 1, maxLength: 6, selector: (each) => JSON.stringify(each.labels) }),
  groupLabels: fc.dictionary(name, text, { maxKeys: 2 }),
  commonAnnotations: fc.dictionary(annotation, text, { maxKeys: 3 }),
  externalUrl: fc.option(text, { nil: undefined }),
  source: fc.constant("prod"),
  truncated: fc.nat({ max: 3 }),
});
const template = fc.constantFrom(undefined, "{{alertname}} {{labels.instance}} {{annotations.summary}}", "<b>{{{labels.pod}}}</b> @room");

test("whatever a source says, it is text: no markup, no ping, no link that leads elsewhere, nothing too large", () => {
  fc.assert(
    fc.property(fc.array(delivery, { minLength: 1, maxLength: 3 }), template, text, fc.boolean(), (deliveries, form, why, acknowledged) => {
      const settings = alertSettings({ template: { title: form, line: form } });
      let group: ReturnType<typeof fold>["group"] | undefined;
      for (const each of deliveries) {
        const folded = fold(group, alertDelivery({ ...each, receivedAt: now }), settings);
        group = acknowledged ? { ...folded.group, acknowledged: { by: parseUserId("@nadia:example.org"), at: now, reaction: undefined } } : folded.group;
        const lines = renderGroup(group, {
          settings,
          view,
          note: why,
          lateness: { receivedAt: now, why },
          before: { label: why, link: "https://example.org/" },
        });
        isHarmless(renderContent(lines, { mentions: [] }));
        const logged = logLines(folded.changes, now, view, "severity");
        for (const line of logged) expect(line.length).toBeLessThanOrEqual(240);
        isHarmless(
          renderContent(
            logged.map((item) => ({ item })),
            { mentions: [] },
          ),
        );
      }
    }),
    { numRuns: 100 },
  );
});

test("2,000 alerts with long values are one message of modest size that still ends in its hint", () => {
  const alerts = Array.from({ length: 2000 }, (_, at) => ({
    labels: { alertname: "Many", severity: "warning", instance: `${at}-${"警".repeat(300)}`, job: "x".repeat(4000) },
    annotations: { summary: "s".repeat(4000), description: "d".repeat(4000), runbook_url: `https://r.example/${"r".repeat(1400)}` },
    generatorUrl: `https://g.example/${"g".repeat(1400)}`,
  }));
  const settings = alertSettings({ message: { ...alertSettings().message, instances: 50 } });
  const { group } = fold(undefined, alertDelivery({ alerts, receivedAt: now }), settings);
  const content = renderContent(renderGroup(group, { settings, view }), { mentions: [] });
  isHarmless(content);
  expect(content.body).toMatch(/👀 acknowledge · 🔕 silence$/u);
  expect(content.body).toMatch(/^… and 19\d\d more$/mu);
});
