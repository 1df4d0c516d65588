/** What a silence of a group is about, if nobody says otherwise: the trouble, not the one pod that had it first. Pure. */
import type { Alert, Labels } from "../delivery.ts";
import type { AlertGroup } from "../group.ts";
import type { Matcher } from "../matcher.ts";

/** Labels that say what is in trouble and stay when it is restarted or moved. */
const lasting = ["alertname", "cluster", "namespace", "job", "service", "deployment", "statefulset", "daemonset", "cronjob", "node", "device", "mountpoint"];

/** Labels of one run of something: gone with the next. `instance` is a pod's address where there is a pod. */
const passing: ReadonlySet<string> = new Set([
  "pod",
  "pod_name",
  "pod_ip",
  "container",
  "container_id",
  "id",
  "uid",
  "image",
  "endpoint",
  "replica",
  "prometheus",
  "prometheus_replica",
]);

/**
 * The group's labels, and of what all its alerts have in common: what identifies lastingly, and the severity, so that it is heard when it gets worse.
 * Where Alertmanager groups by all labels (`group_by: ['...']`) the group's labels are one alert's own, and count as common ones.
 * @returns none when the alerts have nothing in common
 */
export function defaultMatchers(group: Pick<AlertGroup, "groupLabels" | "alerts">, severityLabel: string): readonly Matcher[] {
  const alerts = Object.values(group.alerts);
  const firing = alerts.filter((alert) => alert.status === "firing");
  const about = firing.length > 0 ? firing : alerts;
  const common = commonOf(about);
  const byAll = Object.keys(common).length > 3 && Object.keys(common).every((name) => Object.hasOwn(group.groupLabels, name));
  const chosen = byAll ? {} : group.groupLabels;
  // A machine's own alert has no namespace and no pod: its instance is what it is about.
  const ofMachine = !about.some(({ labels }) => Object.hasOwn(labels, "pod") || Object.hasOwn(labels, "namespace"));
  const names = [...lasting, severityLabel, ...(ofMachine ? ["instance"] : [])];
  const labels = { ...Object.fromEntries(names.flatMap((name) => (Object.hasOwn(common, name) ? [[name, common[name] ?? ""]] : []))), ...chosen };
  return Object.entries(labels)
    .filter(([name, value]) => value !== "" && (!passing.has(name) || Object.hasOwn(chosen, name)))
    .map(([name, value]) => ({ name, op: "=", value }));
}

function commonOf(alerts: readonly Alert[]): Labels {
  const [first, ...rest] = alerts;
  return Object.fromEntries(Object.entries(first?.labels ?? {}).filter(([name, value]) => rest.every((alert) => alert.labels[name] === value)));
}
