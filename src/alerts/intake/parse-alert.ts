/** One alert of a webhook's body. Pure. */
import type { Alert, Labels } from "../delivery.ts";
import { boundAnnotations, boundLabels, fingerprintOf, textsIn } from "./bounded-labels.ts";
import type { GivenAlert, Payload } from "./payload.ts";

const longestLink = 4096;
const longestFingerprint = 128;

/** Whether it fires: by its own word, else by the group's, else by its end. */
export function statusOf({ status, endsAt }: GivenAlert, group: Pick<Payload, "status">, now: number): Alert["status"] {
  const said = (status ?? group.status)?.toLowerCase();
  // Grafana's older word for firing.
  if (said === "firing" || said === "alerting") return "firing";
  if (said === "resolved" || said === "ok") return "resolved";
  return (timeOf(endsAt) ?? Infinity) <= now ? "resolved" : "firing";
}

/** @param wanted labels that are kept when there are too many */
export function parseAlert(given: GivenAlert, status: Alert["status"], wanted: readonly string[]): Alert {
  const labels = textsIn(given.labels);
  const { fingerprint } = given;
  return {
    fingerprint: fingerprint === undefined || fingerprint.length > longestFingerprint ? fingerprintOf(labels) : fingerprint,
    status,
    labels: boundLabels(labels, wanted),
    annotations: boundAnnotations(withLinks(textsIn(given.annotations), given)),
    startsAt: timeOf(given.startsAt),
    endsAt: status === "firing" ? undefined : timeOf(given.endsAt),
    generatorUrl: linkOf(given.generatorURL),
  };
}

/** Grafana has links of its own beside the annotations. */
function withLinks(annotations: Labels, { dashboardURL, panelURL, silenceURL }: GivenAlert): Labels {
  const links = { dashboard: linkOf(dashboardURL), panel_url: linkOf(panelURL), silence: linkOf(silenceURL) };
  const added = Object.entries(links).flatMap(([name, link]) => (link === undefined || Object.hasOwn(annotations, name) ? [] : [[name, link] as const]));
  return added.length === 0 ? annotations : Object.fromEntries([...Object.entries(annotations), ...added]);
}

/** Half a link leads elsewhere: one that is too long is left out. */
export function linkOf(text: string | undefined): string | undefined {
  return text === undefined || text.length > longestLink ? undefined : text;
}

/** Milliseconds since 1970; `undefined` for Go's zero time, the epoch, what is no time and what no calendar has. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}
