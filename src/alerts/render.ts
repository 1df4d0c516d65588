/** A group as its message. Pure: the same group and view, the same lines. */
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime, duration, since } from "../chat/render/units.ts";
import type { Alert } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";
import { commonLine, endedNames, instanceLines } from "./render-instances.ts";
import { linkSpans } from "./render-links.ts";
import { alertsOf, firingOf, markOf, nameOf, templateView } from "./render-words.ts";
import type { AlertSettings } from "./settings.ts";
import { fillTemplate } from "./template.ts";

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

/** The alert's name, or what the template makes of it: one line, without the count. */
export function titleOf(group: AlertGroup, { template, severityLabel }: Pick<AlertSettings, "template" | "severityLabel">): string {
  const example = firingOf(group)[0] ?? alertsOf(group)[0];
  const filled = template.title === undefined ? "" : fillTemplate(template.title, templateView(group, example, severityLabel));
  return filled === "" ? clip(oneLine(nameOf(group)), 120) : filled;
}

/** The first line is what a push notification shows: how bad, what, how many. */
export function renderGroup(group: AlertGroup, options: RenderOptions): readonly Line[] {
  return group.status === "firing" ? firingLines(group, options) : endedLines(group, options);
}

function firingLines(group: AlertGroup, { settings, view, lateness, before, note }: RenderOptions): readonly Line[] {
  const alerts = firingOf(group);
  const count = alerts.length + group.truncated;
  const silenced = group.silence === undefined ? "" : "🔕 ";
  return [
    { text: `${silenced}${markOf(group, group.severity, settings)} ${titleOf(group, settings)}${count > 1 ? ` · ${count} firing` : ""}`, strong: true },
    ...summary(group, alerts),
    ...commonLine(alerts, settings),
    ...instanceLines(group, settings, view),
    { text: `since ${since(group.beganAt, view)}${group.episode > 1 ? ` · ${group.episode} times so far` : ""} · ${group.source}` },
    ...linkLine(group, alerts),
    ...latenessLines(group, view, lateness),
    ...(note === undefined ? [] : [{ text: `ℹ️ ${clip(oneLine(note), 200)}` }]),
    ...instead(before),
    ...handling(group, view),
  ];
}

function endedLines(group: AlertGroup, { settings, view, before, lateness }: RenderOptions): readonly Line[] {
  const endedAt = group.endedAt ?? group.updatedAt;
  return [
    { text: ["✅ ", { struck: `${markOf(group, group.worst, settings)} ${titleOf(group, settings)}` }] },
    { text: `lasted ${duration(endedAt - group.beganAt)}: ${clockTime(group.beganAt, view)} to ${clockTime(endedAt, view)} · ${group.source}` },
    ...endedNames(group, settings),
    ...latenessLines(group, view, lateness),
    ...instead(before),
    ...(group.acknowledged === undefined ? [] : [{ text: `👀 ${group.acknowledged.by} had acknowledged it` }]),
  ];
}

/** What people wrote about it: the summary, and the description where it says more. */
function summary({ commonAnnotations }: AlertGroup, alerts: readonly Alert[]): readonly Line[] {
  const annotations = { ...(alerts.length === 1 ? alerts[0]?.annotations : undefined), ...commonAnnotations };
  const first = annotations["summary"] ?? annotations["message"];
  const description = annotations["description"];
  const texts = [first, description === first ? undefined : description];
  return texts.flatMap((text) => (text === undefined || text.trim() === "" ? [] : [{ text: clip(oneLine(text.trim()), longestText) }]));
}

function linkLine(group: AlertGroup, alerts: readonly Alert[]): readonly Line[] {
  const spans = linkSpans(group, alerts);
  return spans.length === 0 ? [] : [{ text: ["🔗 ", ...spans] }];
}

function instead(before: RenderOptions["before"]): readonly Line[] {
  return before === undefined ? [] : [{ text: ["↪ instead of ", { label: before.label, link: before.link }] }];
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
