/** What tells the alerts of a group apart, and what is the same in all of them. Pure. */
import type { Alert, Labels } from "./delivery.ts";

/** Said elsewhere in the message. */
const saidElsewhere: ReadonlySet<string> = new Set(["alertname"]);
/** Of no use to people: where the alert came from, not what it is about. So are Grafana's own, which begin with `__`. */
const housekeeping: ReadonlySet<string> = new Set(["prometheus", "prometheus_replica", "replica", "endpoint", "monitor"]);

/** Labels with the same value in every alert, by name. */
export function commonLabels(alerts: readonly Alert[], severityLabel: string): Labels {
  const [first, ...rest] = alerts;
  if (first === undefined) return {};
  const same = Object.entries(first.labels).filter(([name, value]) => isShown(name, severityLabel) && rest.every((alert) => alert.labels[name] === value));
  return Object.fromEntries(same.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is its own in an alert: `instance=uzig pod=synapse-0`, the most telling first; its summary where no label differs. */
export function instanceName(alert: Alert, common: Labels, severityLabel: string): string {
  const own = Object.entries(alert.labels).filter(([name]) => isShown(name, severityLabel) && !Object.hasOwn(common, name));
  const words = own.toSorted(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
  return words.length > 0 ? words.join(" ") : (alert.annotations["summary"] ?? "");
}

const telling = ["node", "instance", "namespace", "pod", "container", "job"];

function order(name: string): number {
  const at = telling.indexOf(name);
  return at < 0 ? telling.length : at;
}

function isShown(name: string, severityLabel: string): boolean {
  return name !== severityLabel && !name.startsWith("__") && !saidElsewhere.has(name) && !housekeeping.has(name);
}
