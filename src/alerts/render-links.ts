/** Links of a group, on one line: only http and https, and only what an annotation says whole. Pure. */
import type { Span } from "../chat/line.ts";
import type { Alert } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";

const kinds = [
  { label: "runbook", names: ["runbook_url", "runbook", "runbookURL"] },
  { label: "dashboard", names: ["dashboard_url", "dashboard", "dashboardURL", "grafana_url", "__dashboardUrl__"] },
  { label: "panel", names: ["panel_url", "panelURL"] },
  { label: "silence in Grafana", names: ["silence"] },
] as const;

const longest = 1500;

/** Spans with separators between; empty when there is no link. */
export function linkSpans(group: Pick<AlertGroup, "commonAnnotations" | "externalUrl">, alerts: readonly Alert[]): readonly Span[] {
  const annotations = { ...alerts[0]?.annotations, ...group.commonAnnotations };
  const found = kinds.flatMap(({ label, names }) => {
    const link = names.map((name) => annotations[name]).find(isLink);
    return link === undefined ? [] : [{ label, link }];
  });
  const source = alerts.map((alert) => alert.generatorUrl).find(isLink);
  const all = [
    ...found,
    ...(source === undefined ? [] : [{ label: "source", link: source }]),
    ...(isLink(group.externalUrl) ? [{ label: "Alertmanager", link: group.externalUrl }] : []),
  ];
  return all.flatMap((link, at): readonly Span[] => (at === 0 ? [link] : [" · ", link]));
}

/** What the renderer would show as a mere label is left out: it leads nowhere. So are Matrix links: clients make pills of people and rooms of them. */
function isLink(text: string | undefined): text is string {
  if (text === undefined || text.length > longest || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return !/(?:^|\.)matrix\.to\.?$/u.test(hostname) && (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}
