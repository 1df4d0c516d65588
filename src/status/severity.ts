/** How bad it is. Not being able to tell is a state of its own, never a good one. */

/** Worst first. */
export const severities = ["critical", "warning", "unknown", "ok"] as const;
export type Severity = (typeof severities)[number];

/** 0 is the worst. */
export function urgency(severity: Severity): number {
  return severities.indexOf(severity);
}

/** The worst of `all`; `ok` when there is none. */
export function worst(all: readonly Severity[]): Severity {
  return severities.find((severity) => all.includes(severity)) ?? "ok";
}

/** How bad a share is. `undefined` when it is fine. */
export function overThreshold(share: number, threshold: { readonly warn: number; readonly critical: number }): "critical" | "warning" | undefined {
  if (share >= threshold.critical) return "critical";
  return share >= threshold.warn ? "warning" : undefined;
}
