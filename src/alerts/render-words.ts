/** What a group and its alerts are called. Pure. */
import type { Alert } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";
import { severityMark, severityOf, type Severity } from "./severity.ts";
import type { AlertSettings } from "./settings.ts";
import type { TemplateView } from "./template.ts";

export function alertsOf({ alerts }: Pick<AlertGroup, "alerts">): readonly Alert[] {
  return Object.values(alerts);
}

export function firingOf(group: Pick<AlertGroup, "alerts">): readonly Alert[] {
  return alertsOf(group).filter((alert) => alert.status === "firing");
}

/** `🔴 CRITICAL`; where nobody has told us of the severity, by the word of an alert that has it. */
export function markOf(group: AlertGroup, severity: Severity, settings: Pick<AlertSettings, "severityLabel" | "severityWords">): string {
  const example = severity === "unknown" ? alertsOf(group).findLast((alert) => severityOf(alert.labels, settings) === "unknown") : undefined;
  return severityMark(severity, example?.labels[settings.severityLabel]);
}

/** The one name of all its alerts; several names where they differ; the group's labels where there is none. */
export function nameOf(group: AlertGroup): string {
  const firing = firingOf(group);
  const alerts = firing.length > 0 ? firing : alertsOf(group);
  const names = [...new Set(alerts.map((alert) => alert.labels["alertname"] ?? alert.labels["rulename"] ?? ""))].filter((name) => name !== "");
  const [first, ...others] = names;
  if (first !== undefined) return others.length === 0 ? first : `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
  const labels = Object.entries(group.groupLabels).map(([name, value]) => `${name}=${value}`);
  return labels.length > 0 ? labels.join(" ") : "alerts without a name";
}

/** What a template may say of `alert`. */
export function templateView(group: AlertGroup, alert: Alert | undefined, severityLabel: string): TemplateView {
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
