/** Links of a group, on one line: only http and https, and only what a label's value or an annotation says whole. Pure. */
import type { Span } from "../chat/line.ts";
import type { Alert } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";

const kinds = [
  { label: "runbook", names: ["runbook_url", "runbook", "runbookURL"] },
  { label: "dashboard", names: ["dashboard_url", "dashboard", "dashboardURL", "grafana_url", "__dashboardUrl__"] },
  { label: "panel", names: ["panel_url", "panelURL"] },
] as const;

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

function isLink(text: string | undefined): text is string {
  return text !== undefined && text.length <= 2000 && /^https?:\/\//u.test(text) && URL.canParse(text);
}
