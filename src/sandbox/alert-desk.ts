/** Whoever tries the sandbox makes alerts begin and end here; what is done is answered in words. */
import type { Labels } from "../alerts/delivery.ts";
import type { EmbeddedAlertmanager } from "./alertmanager/alertmanager.ts";
import { alertsAtHand } from "./alerts-at-hand.ts";

export interface AlertDesk {
  /** Without a name one of those at hand that does not fire yet. Labels are added to its own, or stand in their place. */
  readonly fire: (name?: string, labels?: Labels, annotations?: Labels) => readonly string[];
  /** Without a name everything ends; with labels only what has them. */
  readonly resolve: (name?: string, labels?: Labels) => readonly string[];
  /** Many groups at once, ten alerts each, every fifth group critical; 50 unless told. */
  readonly storm: (groups?: number) => readonly string[];
}

const alertsOfAGroup = 10;
const maxFiring = 20_000;

export function alertDesk({ fire, resolve }: Pick<EmbeddedAlertmanager, "fire" | "resolve">): AlertDesk {
  /** Label sets that fire, by what they are. */
  const firing = new Map<string, Labels>();

  function begin(labels: Labels, annotations: Labels): boolean {
    if (firing.size >= maxFiring) return false;
    fire(labels, annotations);
    firing.set(JSON.stringify(Object.entries(labels)), labels);
    return true;
  }

  const isFiring = (name: string): boolean => [...firing.values()].some((labels) => labels["alertname"] === name);

  return {
    fire: (wanted, labels = {}, annotations) => {
      const name = wanted ?? alertsAtHand.find((each) => !isFiring(each.name))?.name;
      if (name === undefined) return [`All of them fire already: ${alertsAtHand.map((each) => each.name).join(", ")}. /fire NAME begins any other.`];
      const known = alertsAtHand.find((each) => each.name === name);
      const own = known?.labels ?? { severity: "warning", instance: "uzig" };
      const text = annotations ?? known?.annotations ?? { summary: `${name} was fired from the prompt` };
      if (!begin({ alertname: name, ...own, ...labels }, text)) return [`${maxFiring} alerts fire already.`];
      return [`${name} fires.`];
    },
    resolve: (name, labels = {}) => {
      const ending = [...firing].filter(
        ([, each]) => (name === undefined || each["alertname"] === name) && Object.entries(labels).every(([label, value]) => each[label] === value),
      );
      for (const [key, each] of ending) {
        resolve(each);
        firing.delete(key);
      }
      if (ending.length > 0) return [`${ending.length === 1 ? "1 alert has" : `${ending.length} alerts have`} ended.`];
      const names = [...new Set([...firing.values()].map((each) => each["alertname"] ?? ""))];
      return [names.length === 0 ? "Nothing fires." : `There is no such alert. These fire: ${names.slice(0, 20).join(", ")}.`];
    },
    storm: (groups = 50) => {
      let count = 0;
      for (let group = 1; group <= groups; group += 1) {
        const severity = group % 5 === 0 ? "critical" : group % 5 === 1 ? "info" : "warning";
        const alertname = `Service${String(group).padStart(2, "0")}Down`;
        for (let instance = 1; instance <= alertsOfAGroup; instance += 1) {
          const labels = { alertname, severity, namespace: "monitoring", instance: `10.0.${group % 256}.${instance + 10}:9100` };
          if (begin(labels, { summary: `Service ${group} does not answer` })) count += 1;
        }
      }
      return [`${count} alerts in ${groups} groups fire. /resolve ends them.`];
    },
  };
}
