/** Folds a delivery onto what is known of its group: the latest state wins, and the differences are what is told. Pure. */
import { createHash } from "node:crypto";
import type { Alert, Delivery, Labels } from "./delivery.ts";
import type { AlertGroup, GroupChange } from "./group.ts";
import { presentSet } from "./present-set.ts";
import { isWorse, severityOf, worstOf, type Severity } from "./severity.ts";
import type { AlertSettings } from "./settings.ts";

type SeveritySettings = Pick<AlertSettings, "severityLabel" | "severityWords">;

/** Kept of those that ended. */
const mostEnded = 500;

/** 16 hexadecimal digits. The same group by another receiver, or by another source, is another one: each tells its own end. */
export function groupIdOf(source: string, receiver: string, groupKey: string): string {
  return createHash("sha256")
    .update(JSON.stringify([source, receiver, groupKey]))
    .digest("hex")
    .slice(0, 16);
}

export interface Folded {
  readonly group: AlertGroup;
  readonly changes: readonly GroupChange[];
}

export function fold(before: AlertGroup | undefined, delivery: Delivery, settings: SeveritySettings): Folded {
  const { all, firing, over, truncated } = presentSet(before?.status === "firing" ? before.alerts : {}, delivery);
  const status = firing.length > 0 || truncated > 0 ? "firing" : "resolved";
  if (before?.status === "resolved" && status === "resolved") return { group: { ...before, updatedAt: delivery.receivedAt }, changes: [] };

  const begins = before === undefined || before.status === "resolved";
  const severity = worstOf((firing.length > 0 ? firing : all).map((alert) => severityOf(alert.labels, settings)));
  const beganAt = begins ? beginning(before === undefined || firing.length === 0 ? all : firing, delivery.receivedAt) : before.beganAt;
  const endedAt = status === "firing" ? undefined : Math.max(beganAt, ...over.map((alert) => alert.endsAt ?? delivery.receivedAt));
  const worst = begins ? severity : isWorse(severity, before.worst) ? severity : before.worst;
  const group: AlertGroup = {
    id: groupIdOf(delivery.source, delivery.receiver, delivery.groupKey),
    source: delivery.source,
    receiver: delivery.receiver,
    groupKey: delivery.groupKey,
    groupLabels: delivery.groupLabels,
    commonLabels: delivery.commonLabels,
    commonAnnotations: delivery.commonAnnotations,
    routeLabels: delivery.routeLabels,
    externalUrl: delivery.externalUrl,
    alerts: Object.fromEntries([...over.slice(-mostEnded), ...firing].map((alert) => [alert.fingerprint, alert])),
    truncated,
    status,
    severity,
    worst,
    episode: (before?.episode ?? 0) + (begins ? 1 : 0),
    beganAt,
    endedAt,
    heardAt: begins ? delivery.receivedAt : before.heardAt,
    updatedAt: delivery.receivedAt,
    acknowledged: begins ? undefined : before.acknowledged,
    silence: status === "resolved" ? undefined : before?.silence,
    rooms: before?.rooms ?? {},
  };
  return { group, changes: changesOf({ before: begins ? undefined : before, again: before !== undefined, group, firing, all }) };
}

/** Of the alerts that fire; a group that fires again is as old as they are, not as what has ended since. */
function beginning(alerts: readonly Alert[], receivedAt: number): number {
  return Math.min(receivedAt, ...alerts.map((alert) => alert.startsAt ?? receivedAt));
}

interface Difference {
  /** Undefined when a new episode begins. */
  readonly before: AlertGroup | undefined;
  readonly again: boolean;
  readonly group: AlertGroup;
  readonly firing: readonly Alert[];
  readonly all: readonly Alert[];
}

function changesOf({ before, again, group, firing, all }: Difference): readonly GroupChange[] {
  const changes: GroupChange[] = [];
  if (before === undefined) changes.push({ kind: "began", again, alerts: firing.length > 0 ? firing : all });
  else {
    const was = (alert: Alert): Alert["status"] | undefined => before.alerts[alert.fingerprint]?.status;
    const joined = firing.filter((alert) => was(alert) !== "firing");
    const resolved = all.filter((alert) => alert.status === "resolved" && was(alert) === "firing");
    if (joined.length > 0) changes.push({ kind: "joined", alerts: joined });
    if (resolved.length > 0) changes.push({ kind: "resolved", alerts: resolved });
    changes.push(...severityChange(before, group));
    if (changes.length === 0 && reworded(before, group)) changes.push({ kind: "reworded" });
  }
  if (group.status === "resolved") changes.push({ kind: "ended", afterMs: (group.endedAt ?? group.updatedAt) - group.beganAt });
  return changes;
}

/** Worse than it ever was since it began, or better than it was a moment ago. */
function severityChange(before: AlertGroup, group: AlertGroup): readonly GroupChange[] {
  if (group.status === "resolved") return [];
  const from: Severity = before.worst;
  if (isWorse(group.severity, from)) return [{ kind: "worse", from, to: group.severity }];
  return isWorse(before.severity, group.severity) ? [{ kind: "better", from: before.severity, to: group.severity }] : [];
}

function reworded(before: AlertGroup, group: AlertGroup): boolean {
  const words = ({ alerts, truncated, commonAnnotations, routeLabels }: AlertGroup): string =>
    JSON.stringify([
      truncated,
      sorted(commonAnnotations),
      sorted(routeLabels),
      Object.values(alerts)
        .map((alert) => [alert.fingerprint, sorted(alert.labels), sorted(alert.annotations), alert.generatorUrl])
        .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    ]);
  return words(before) !== words(group);
}

function sorted(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
