/** A group as its message. Pure: the same group and view, the same lines. */
import type { View } from "../chat/command.ts";
import type { Line, Span } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, duration, since } from "../chat/render/units.ts";
import type { Alert } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";
import { commonLabels, instanceName } from "./instances.ts";
import { linkSpans } from "./render-links.ts";
import { severityMark } from "./severity.ts";
import type { AlertSettings } from "./settings.ts";
import { fillTemplate, type TemplateView } from "./template.ts";

export interface RenderOptions {
  readonly settings: AlertSettings;
  readonly view: View;
  /** It could not be shown when it was heard of. */
  readonly lateness?: { readonly receivedAt: number; readonly why: string };
  /** The message that this one takes the place of. */
  readonly before?: { readonly label: string; readonly link: string };
  /** Anything else to be said, such as why it is in this room. */
  readonly note?: string;
}

/** A source that tells of an alert this much after it began was late itself; Alertmanager's own waiting is shorter. */
const sourceLateMs = 15 * 60_000;
const longestText = 600;
const longestName = 160;
const mostCommon = 8;

/** The alert's name, or what the template makes of it: one line, with the count where it is more than one. */
export function titleOf(group: AlertGroup, settings: Pick<AlertSettings, "template" | "severityLabel">): string {
  const { template, severityLabel } = settings;
  const firing = firingOf(group);
  if (template.title !== undefined) return fillTemplate(template.title, templateView(group, firing[0] ?? alertsOf(group)[0], severityLabel));
  return clip(oneLine(nameOf(group)), 120);
}

export function renderGroup(group: AlertGroup, options: RenderOptions): readonly Line[] {
  return group.status === "firing" ? firingLines(group, options) : endedLines(group, options);
}

function firingLines(group: AlertGroup, { settings, view, lateness, before, note }: RenderOptions): readonly Line[] {
  const alerts = firingOf(group);
  const count = alerts.length + group.truncated;
  const word = alerts[0]?.labels[settings.severityLabel];
  const silenced = group.silence === undefined ? "" : "🔕 ";
  return [
    { text: `${silenced}${severityMark(group.severity, word)} ${titleOf(group, settings)}${count > 1 ? ` · ${count} firing` : ""}`, strong: true },
    ...summary(group, alerts),
    ...commonLine(alerts, settings),
    ...instanceLines(group, alerts, settings, view),
    { text: `since ${since(group.beganAt, view)}${group.episode > 1 ? ` · ${group.episode} times so far` : ""} · ${group.source}` },
    ...linkLine(group, alerts),
    ...latenessLines(group, view, lateness),
    ...(note === undefined ? [] : [{ text: `ℹ️ ${clip(oneLine(note), 200)}` }]),
    ...(before === undefined ? [] : [{ text: ["↪ instead of ", { label: before.label, link: before.link }] }]),
    ...handling(group, view),
  ];
}

function endedLines(group: AlertGroup, { settings, view, before, lateness }: RenderOptions): readonly Line[] {
  const alerts = alertsOf(group);
  const endedAt = group.endedAt ?? group.updatedAt;
  const names = alerts
    .slice(-settings.message.instances)
    .map((alert) => shownInstance(alert, alerts, settings, group))
    .filter((name) => name !== "");
  return [
    { text: ["✅ ", { struck: `${severityMark(group.worst)} ${titleOf(group, settings)}` }] },
    { text: `lasted ${duration(endedAt - group.beganAt)}: ${clockTime(group.beganAt, view)} to ${clockTime(endedAt, view)} · ${group.source}` },
    ...(names.length === 0
      ? []
      : [{ text: clip(`${names.join(", ")}${alerts.length > names.length ? ` and ${alerts.length - names.length} more` : ""}`, 400) }]),
    ...latenessLines(group, view, lateness),
    ...(before === undefined ? [] : [{ text: ["↪ instead of ", { label: before.label, link: before.link }] as const }]),
    ...(group.acknowledged === undefined ? [] : [{ text: `👀 ${group.acknowledged.by} had acknowledged it` }]),
  ];
}

/** What people wrote about it: the summary, and the description where it says more. */
function summary({ commonAnnotations }: AlertGroup, alerts: readonly Alert[]): readonly Line[] {
  const annotations = alerts.length === 1 ? { ...alerts[0]?.annotations, ...commonAnnotations } : commonAnnotations;
  const first = annotations["summary"] ?? annotations["message"];
  const description = annotations["description"];
  const texts = [first, description === first ? undefined : description];
  return texts.flatMap((text) => (text === undefined || text.trim() === "" ? [] : [{ text: clip(oneLine(text), longestText) }]));
}

function commonLine(alerts: readonly Alert[], { severityLabel }: AlertSettings): readonly Line[] {
  const entries = Object.entries(commonLabels(alerts, severityLabel));
  if (entries.length === 0) return [];
  const shown = entries
    .slice(0, mostCommon)
    .flatMap(([name, value], at): readonly Span[] => [at === 0 ? "" : " ", { code: clip(oneLine(`${name}=${value}`), longestName) }]);
  return [{ text: entries.length > mostCommon ? [...shown, ` and ${entries.length - mostCommon} more labels`] : shown }];
}

/** The first of those that fire, those that ended struck through as far as there is room, and the rest counted. */
function instanceLines(group: AlertGroup, alerts: readonly Alert[], settings: AlertSettings, view: View): readonly Line[] {
  const { instances } = settings.message;
  const ended = alertsOf(group).filter((alert) => alert.status === "resolved");
  if (alerts.length === 1 && ended.length === 0 && group.truncated === 0 && shownInstance(alerts[0], alerts, settings, group) === "") return [];
  const shown = alerts.slice(0, instances);
  const struck = ended.slice(-Math.max(0, instances - shown.length));
  const lines: Line[] = shown.flatMap((alert) => {
    const name = shownInstance(alert, alerts, settings, group);
    return name === "" ? [] : [{ item: alert.startsAt === undefined ? name : `${name} · ${duration(view.now - alert.startsAt)}` }];
  });
  if (shown.length + struck.length > 0 && instances > shown.length)
    lines.push(...struck.map((alert): Line => ({ item: [{ struck: shownInstance(alert, [...alerts, ...ended], settings, group) || nameOf(group) }] })));
  if (alerts.length > shown.length) lines.push({ text: `… and ${alerts.length - shown.length} more` });
  if (group.truncated > 0) lines.push({ text: `… and ${group.truncated} more that Alertmanager cut off` });
  return lines;
}

function shownInstance(alert: Alert | undefined, among: readonly Alert[], settings: AlertSettings, group: AlertGroup): string {
  if (alert === undefined) return "";
  if (settings.template.line !== undefined) return fillTemplate(settings.template.line, templateView(group, alert, settings.severityLabel));
  const name = instanceName(alert, commonLabels(among, settings.severityLabel), settings.severityLabel);
  // Alone, it has nothing to be told apart from: its labels and summary are said above.
  return among.length === 1 ? "" : clip(oneLine(name), longestName);
}

function linkLine(group: AlertGroup, alerts: readonly Alert[]): readonly Line[] {
  const spans = linkSpans(group, alerts);
  return spans.length === 0 ? [] : [{ text: ["🔗 ", ...spans] }];
}

function latenessLines({ beganAt, heardAt, episode }: AlertGroup, view: View, lateness: RenderOptions["lateness"]): readonly Line[] {
  if (lateness !== undefined) return [{ text: `⏳ I heard of it at ${clockTime(lateness.receivedAt, view)} and could not show it at once: ${lateness.why}` }];
  if (heardAt - beganAt < sourceLateMs || episode > 1) return [];
  return [{ text: `⏳ it began at ${clockTime(beganAt, view)}, and I was told at ${clockTime(heardAt, view)}` }];
}

function handling({ acknowledged, silence }: AlertGroup, view: View): readonly Line[] {
  const lines: Line[] = [];
  if (acknowledged !== undefined) lines.push({ text: `👀 ${acknowledged.by} is on it, ${since(acknowledged.at, view)}` });
  if (silence !== undefined) lines.push({ text: `🔕 silenced by ${silence.by} until ${clockTime(silence.until, view)}` });
  if (acknowledged === undefined && silence === undefined) lines.push({ text: "👀 acknowledge · 🔕 silence" });
  return lines;
}

function templateView(group: AlertGroup, alert: Alert | undefined, severityLabel: string): TemplateView {
  const labels = { ...group.commonLabels, ...group.groupLabels, ...alert?.labels };
  return {
    alertname: nameOf(group),
    severity: labels[severityLabel] ?? group.severity,
    status: group.status,
    count: firingOf(group).length + group.truncated,
    receiver: group.receiver,
    source: group.source,
    labels,
    annotations: { ...group.commonAnnotations, ...alert?.annotations },
  };
}

/** The one name of all its alerts; several names where they differ; the group's labels where there is none. */
function nameOf(group: AlertGroup): string {
  const alerts = firingOf(group).length > 0 ? firingOf(group) : alertsOf(group);
  const names = [...new Set(alerts.map((alert) => alert.labels["alertname"] ?? alert.labels["rulename"] ?? ""))].filter((name) => name !== "");
  const [first, ...others] = names;
  if (first !== undefined) return others.length === 0 ? first : `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
  const labels = Object.entries(group.groupLabels).map(([name, value]) => `${name}=${value}`);
  return labels.length > 0 ? labels.join(" ") : "alerts without a name";
}

function alertsOf({ alerts }: AlertGroup): readonly Alert[] {
  return Object.values(alerts);
}

function firingOf(group: AlertGroup): readonly Alert[] {
  return alertsOf(group).filter((alert) => alert.status === "firing");
}
