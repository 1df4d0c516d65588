/** What a notification says: version 4 of the webhook's body, as Alertmanager 0.25 writes it. Pure. */
import type { Labels } from "../../alerts/delivery.ts";
import { hasEnded, type KnownAlert } from "./alert-book.ts";
import { quoteMeta, sortedLabels } from "./fingerprint.ts";

export interface Notification {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** All of them, in the order in which they are told. */
  readonly alerts: readonly KnownAlert[];
  readonly externalUrl: string;
  /** More alerts than this are counted only; 0: no limit. */
  readonly maxAlerts: number;
}

/** What the zero of Go's times looks like: the end of what has not ended. */
const never = "0001-01-01T00:00:00Z";

export function payloadOf({ receiver, groupKey, groupLabels, alerts, externalUrl, maxAlerts }: Notification, now: number): object {
  const told = maxAlerts > 0 ? alerts.slice(0, maxAlerts) : alerts;
  return {
    receiver: quoteMeta(receiver),
    status: told.every((alert) => hasEnded(alert, now)) ? "resolved" : "firing",
    alerts: told.map((alert) => ({
      status: hasEnded(alert, now) ? "resolved" : "firing",
      labels: sorted(alert.labels),
      annotations: sorted(alert.annotations),
      startsAt: timeOf(alert.startsAt),
      endsAt: hasEnded(alert, now) ? timeOf(alert.endsAt) : never,
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    groupLabels: sorted(groupLabels),
    commonLabels: common(told.map((alert) => alert.labels)),
    commonAnnotations: common(told.map((alert) => alert.annotations)),
    externalURL: externalUrl,
    version: "4",
    groupKey,
    truncatedAlerts: alerts.length - told.length,
  };
}

/** By job, then by instance, those without behind those with; then fewer labels first, then label by label. */
export function byPlace(a: KnownAlert, b: KnownAlert): number {
  for (const name of ["job", "instance"]) {
    const [left, right] = [a.labels[name], b.labels[name]];
    if (left === right) continue;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right ? -1 : 1;
  }
  const [left, right] = [sortedLabels(a.labels), sortedLabels(b.labels)];
  if (left.length !== right.length) return left.length - right.length;
  for (const [at, [name, value]] of left.entries()) {
    const [otherName = "", otherValue = ""] = right[at] ?? [];
    if (name !== otherName) return name < otherName ? 1 : -1;
    if (value !== otherValue) return value < otherValue ? -1 : 1;
  }
  return 0;
}

const sorted = (labels: Labels): Labels => Object.fromEntries(sortedLabels(labels));

function common([first = {}, ...rest]: readonly Labels[]): Labels {
  return Object.fromEntries(sortedLabels(first).filter(([name, value]) => rest.every((labels) => labels[name] === value)));
}

/** RFC 3339 as Go writes it: no more digits behind the second than there are. */
const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.?0+Z$/u, "Z");
