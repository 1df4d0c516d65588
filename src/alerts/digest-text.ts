/** Many groups in one message: a storm, and what is over before it could be told. Pure. */
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { mostContentBytes } from "../chat/render/content.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { escapeHtml } from "../chat/render/text.ts";
import { clockTime, duration } from "../chat/render/units.ts";
import { bySeverity, severityEmoji, severityMark, type Severity } from "./severity.ts";

export interface DigestItem {
  readonly title: string;
  readonly severity: Severity;
  /** Alerts that fire. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface DigestOptions {
  readonly view: View;
  /** Messages that the homeserver lets go, in the long run. */
  readonly perSecond: number;
  /** There are more than were looked at. */
  readonly more?: boolean;
}

/** How much is said of each: the first that fits into one message is taken. `own`: groups on a line of their own, the others stand together. */
const layouts = [
  { own: 60, title: 100, together: 40 },
  { own: 20, title: 80, together: 30 },
  { own: 0, title: 0, together: 24 },
  { own: 0, title: 0, together: 14 },
  { own: 0, title: 0, together: 8 },
] as const;
type Layout = (typeof layouts)[number];

const namesOnALine = 12;
/** For the lines above the names, and the one below them. */
const besidesBytes = 1500;

/** Worst first, all by name; those beyond what one message holds are counted. */
export function renderDigest(items: readonly DigestItem[], { view, perSecond, more = false }: DigestOptions): readonly Line[] {
  const worstFirst = items.toSorted((a, b) => bySeverity(a.severity, b.severity) || a.since - b.since);
  const minutes = perSecond > 0 ? Math.ceil(items.length / perSecond / 60) : 0;
  const pace = perSecond > 0 ? `, as the homeserver lets me say ${Math.round(perSecond * 60)} things a minute: about ${minutes} min` : "";
  return [
    { text: `⛈ ${more ? "More than " : ""}${items.length} groups of alerts wait to be shown one by one`, strong: true },
    { text: `Each gets a message of its own${pace}. As of ${clockTime(view.now, view)}:` },
    ...names(worstFirst),
  ];
}

export function renderDigestDone(total: number, view: View): readonly Line[] {
  return [{ text: `⛅ All ${total} groups of alerts that had to wait have their own message, or are over. ${clockTime(view.now, view)}` }];
}

export interface MootItem {
  readonly title: string;
  readonly severity: Severity;
  readonly from: number;
  readonly to: number;
}

/** What fired and ended before it could be shown. @param more beyond those named */
export function renderMoot(items: readonly MootItem[], more: number, view: View): readonly Line[] {
  const count = items.length + more;
  const lines = items.map((item): Item => ({
    item: `${severityEmoji(item.severity)} ${clip(oneLine(item.title), 100)} · ${clockTime(item.from, view)}, ${duration(item.to - item.from)}`,
  }));
  const shown = fitting(lines);
  const left = count - shown.length;
  return [
    { text: `✅ ${count === 1 ? "One group of alerts" : `${count} groups of alerts`} fired and ended before I could show ${count === 1 ? "it" : "them"}:` },
    ...shown,
    ...(left > 0 ? [{ text: `… and ${left} more` }] : []),
  ];
}

function names(items: readonly DigestItem[]): readonly Line[] {
  for (const layout of layouts) {
    const lines = laidOut(items, layout);
    if (fitting(lines).length === lines.length) return lines;
  }
  const shown = fitting(laidOut(items, layouts[4]));
  const left = items.length - shown.length * namesOnALine;
  return [...shown, { text: `… and ${left} more groups` }];
}

function laidOut(items: readonly DigestItem[], { own, title, together }: Layout): readonly Item[] {
  const rest = items.slice(own);
  return [
    ...items
      .slice(0, own)
      .map((item) => ({ item: `${severityMark(item.severity)} ${clip(oneLine(item.title), title)}${item.count > 1 ? ` · ${item.count}` : ""}` })),
    ...Array.from({ length: Math.ceil(rest.length / namesOnALine) }, (_, at) => ({
      item: onOneLine(rest.slice(at * namesOnALine, (at + 1) * namesOnALine), together),
    })),
  ];
}

/** The severity once for all beside each other that have it. */
function onOneLine(items: readonly DigestItem[], longest: number): string {
  return items
    .map(({ severity, title }, at) => {
      const emoji = severityEmoji(severity);
      const same = at > 0 && severityEmoji(items[at - 1]?.severity ?? "unknown") === emoji;
      return `${at === 0 ? "" : ", "}${same ? "" : `${emoji} `}${clip(oneLine(title), longest)}`;
    })
    .join("");
}

interface Item {
  readonly item: string;
}

/** As many of `lines` as one message holds, which says everything twice: as text and as HTML. */
function fitting(lines: readonly Item[]): readonly Item[] {
  let bytes = besidesBytes;
  return lines.filter(({ item }) => {
    bytes += jsonBytes(`- ${item}\n`) + jsonBytes(`<li>${escapeHtml(item)}</li>`);
    return bytes <= mostContentBytes;
  });
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
