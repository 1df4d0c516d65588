/** How bad an alert calls itself. */
import { clip, oneLine } from "../chat/render/outside-text.ts";
import type { Labels } from "./delivery.ts";
import type { AlertSettings } from "./settings.ts";

/** From the worst down. `unknown`: no severity label, or a word that nobody has told us of. */
export const severities = ["critical", "warning", "info", "none", "unknown"] as const;
export type Severity = (typeof severities)[number];

/** Words in use beside the names themselves: of kube-prometheus, of Grafana, of syslog. */
const usual: Readonly<Record<string, Severity>> = {
  crit: "critical",
  page: "critical",
  emergency: "critical",
  fatal: "critical",
  disaster: "critical",
  high: "critical",
  error: "critical",
  warn: "warning",
  major: "warning",
  average: "warning",
  medium: "warning",
  ticket: "warning",
  information: "info",
  informational: "info",
  notice: "info",
  minor: "info",
  low: "info",
};

/** A severity that is not known counts as a warning: it may be more than it says. */
const rank: Readonly<Record<Severity, number>> = { critical: 3, warning: 2, unknown: 2, info: 1, none: 0 };

/** By the label's word in any case: a word of the configuration counts before the usual ones. */
export function severityOf(labels: Labels, { severityLabel, severityWords }: Pick<AlertSettings, "severityLabel" | "severityWords">): Severity {
  const word = (Object.hasOwn(labels, severityLabel) ? (labels[severityLabel] ?? "") : "").trim().toLowerCase();
  const words = Object.hasOwn(severityWords, word) ? severityWords : usual;
  const found = Object.hasOwn(words, word) ? words[word] : severities.find((each) => each === word);
  return found ?? "unknown";
}

/** Whether `a` is worse than `b`. */
export function isWorse(a: Severity, b: Severity): boolean {
  return rank[a] > rank[b];
}

export function worstOf(all: readonly Severity[]): Severity {
  const [first = "unknown", ...rest] = all;
  return rest.reduce((worst, each) => (isWorse(each, worst) ? each : worst), first);
}

/** Worst first. */
export function bySeverity(a: Severity, b: Severity): number {
  return rank[b] - rank[a];
}

const marks: Readonly<Record<Severity, readonly [string, string]>> = {
  critical: ["🔴", "CRITICAL"],
  warning: ["🟠", "WARNING"],
  info: ["🔵", "INFO"],
  none: ["⚪", "NONE"],
  unknown: ["🟠", "ALERT"],
};

/** `🔴` */
export function severityEmoji(severity: Severity): string {
  return marks[severity][0];
}

/** `🔴 CRITICAL`; a severity that is not known is shown by its own word, if it has one. */
export function severityMark(severity: Severity, word?: string): string {
  const [emoji, name] = marks[severity];
  const own = severity === "unknown" ? clip(oneLine(clip(word ?? "", 200)).trim(), 20).toUpperCase() : "";
  return `${emoji} ${own === "" ? name : own}`;
}
