import { describe, expect, test } from "vitest";
import { renderDigest, renderDigestDone, renderMoot, type DigestItem } from "../../../../src/alerts/digest-text.ts";
import { renderContent } from "../../../../src/chat/render/content.ts";
import { lintHtml } from "../../../support/html-linter.ts";

const now = Date.UTC(2026, 5, 12, 12);
const view = { now, timeZone: "Europe/Moscow" };
const severities = ["warning", "critical", "info"] as const;
const items = (count: number, title: (at: number) => string): readonly DigestItem[] =>
  Array.from({ length: count }, (_, at) => ({ title: title(at), severity: severities[at % 3] ?? "info", count: at % 4, since: now - at * 1000 }));

function digest(all: readonly DigestItem[]): { readonly body: string; readonly html: string } {
  const { body, formatted_body: html } = renderContent(renderDigest(all, { view, perSecond: 0.2 }), { mentions: [] });
  expect(lintHtml(html)).toEqual([]);
  expect(body).not.toContain("left out");
  return { body, html };
}

describe("a digest", () => {
  test("says how many wait, how fast they can be told, and names all, the worst first", () => {
    const { body } = digest(items(4, (at) => `Alert${at}`));
    expect(body.split("\n")).toEqual([
      "⛈ 4 groups of alerts wait to be shown one by one",
      "Each gets a message of its own, as the homeserver lets me say 12 things a minute: about 1 min. As of 15:00 MSK:",
      "- 🔴 CRITICAL Alert1",
      "- 🟠 WARNING Alert3 · 3",
      "- 🟠 WARNING Alert0",
      "- 🔵 INFO Alert2 · 2",
    ]);
  });

  test.each([50, 500])("%i groups are all named, with names as they are in a cluster", (count) => {
    const all = items(count, (at) => `KubernetesPodDown${at}`);
    const { body } = digest(all);
    for (const { title } of all) expect(body).toMatch(new RegExp(`\\b${title}\\b`, "u"));
  });

  test.each<[string, (at: number) => string]>([
    ["long", (at) => `${at} ${"KubeDeploymentReplicasMismatch ".repeat(5)}`],
    ["in characters of three bytes", (at) => `${at} ${"警報が発生しました".repeat(5)}`],
    ["HTML", (at) => `${at} ${`<b>&"'`.repeat(20)}`],
  ])("500 names fit where they are %s: they are cut, never left out", (_name, title) => {
    const { body } = digest(items(500, title));
    const named = new Set([...body.matchAll(/(?<=^- |, |[🔴🟠🔵] )(?:CRITICAL |WARNING |INFO )?(\d+) /gmu)].map(([, at]) => at));
    expect(named.size).toBe(500);
  });

  test("beyond what a message holds the rest is counted, and the worst are named", () => {
    const all = items(6000, (at) => `Alert ${at}`);
    const { body } = digest(all);
    const rest = Number(/… and (\d+) more groups$/u.exec(body)?.[1]);
    expect(rest).toBeGreaterThan(0);
    expect(body.split(/, |[🔴🟠🔵] /u).filter((part) => /^Alert|^\d/u.test(part)).length).toBe(6000 - rest);
  });
});

test("a digest that is worked off says so", () => {
  expect(renderContent(renderDigestDone(34, view), { mentions: [] }).body).toBe(
    "⛅ All 34 groups of alerts that had to wait have their own message, or are over. 15:00 MSK",
  );
});

describe("what was over before it could be told", () => {
  const moot = (title: string) => ({ title, severity: "critical" as const, from: now - 600_000, to: now - 240_000 });

  test("is one line each", () => {
    expect(renderContent(renderMoot([moot("A"), moot("B")], 3, view), { mentions: [] }).body.split("\n")).toEqual([
      "✅ 5 groups of alerts fired and ended before I could show them:",
      "- 🔴 A · 14:50 MSK, 6 min",
      "- 🔴 B · 14:50 MSK, 6 min",
      "… and 3 more",
    ]);
    expect(renderContent(renderMoot([moot("A")], 0, view), { mentions: [] }).body).toContain("✅ One group of alerts fired and ended before I could show it:");
  });

  test("is counted where it does not fit", () => {
    const { body } = renderContent(
      renderMoot(
        Array.from({ length: 200 }, (_, at) => moot(`${at} ${"警".repeat(200)}`)),
        7,
        view,
      ),
      { mentions: [] },
    );
    const shown = body.split("\n").filter((line) => line.startsWith("- ")).length;
    expect(body).toMatch(new RegExp(`… and ${207 - shown} more$`, "u"));
  });
});
