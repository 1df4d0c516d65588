/** Many groups in one message: a storm, and what is over before it could be told. Pure. */
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
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
}

/** Named on a line of their own; beyond it many stand on one line, so that all names fit into one message. */
const ownLines = 60;
const namesOnALine = 12;

/** Worst first, all by name. */
export function renderDigest(items: readonly DigestItem[], { view, perSecond }: DigestOptions): readonly Line[] {
  const worstFirst = items.toSorted((a, b) => bySeverity(a.severity, b.severity) || a.since - b.since);
  const minutes = perSecond > 0 ? Math.ceil(items.length / perSecond / 60) : 0;
  const pace = perSecond > 0 ? `, as the homeserver lets me say ${Math.round(perSecond * 60)} things a minute: about ${minutes} min` : "";
  return [
    { text: `⛈ ${items.length} groups of alerts wait to be shown one by one`, strong: true },
    { text: `Each gets a message of its own${pace}. As of ${clockTime(view.now, view)}:` },
    ...worstFirst
      .slice(0, ownLines)
      .map((item): Line => ({ item: `${severityMark(item.severity)} ${short(item.title)}${item.count > 1 ? ` · ${item.count}` : ""}` })),
    ...packed(worstFirst.slice(ownLines)),
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
  return [
    { text: `✅ ${count === 1 ? "One group of alerts" : `${count} groups of alerts`} fired and ended before I could show ${count === 1 ? "it" : "them"}:` },
    ...items.map((item): Line => ({
      item: `${severityEmoji(item.severity)} ${short(item.title)} · ${clockTime(item.from, view)}, ${duration(item.to - item.from)}`,
    })),
    ...(more > 0 ? [{ text: `… and ${more} more` }] : []),
  ];
}

function packed(items: readonly DigestItem[]): readonly Line[] {
  return Array.from({ length: Math.ceil(items.length / namesOnALine) }, (_, at) => ({
    item: items
      .slice(at * namesOnALine, (at + 1) * namesOnALine)
      .map((item) => `${severityEmoji(item.severity)} ${clip(oneLine(item.title), 40)}`)
      .join(", "),
  }));
}

function short(title: string): string {
  return clip(oneLine(title), 100);
}
