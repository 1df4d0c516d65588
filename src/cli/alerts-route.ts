/** `opsroom alerts route`: where a group of alerts would be shown and whom it would wake, without an alert. */
import type { Labels } from "../alerts/delivery.ts";
import { parseMatchers } from "../alerts/matcher.ts";
import { escalationsFor, pingsFor, type Pings } from "../alerts/ping.ts";
import { roomsFor } from "../alerts/route.ts";
import { severityOf } from "../alerts/severity.ts";
import { duration } from "../chat/render/units.ts";
import { loadConfig } from "../config/load.ts";
import type { CommandIo } from "./check.ts";

export interface AlertsRouteOptions {
  readonly file: string;
  /** `alertname=NodeDown,severity=critical`, values quoted where they have commas or spaces. */
  readonly labels: string;
  readonly receiver: string;
  readonly json: boolean;
  /** Milliseconds since 1970: quiet hours are judged by it. */
  readonly now: number;
}

/** @returns the exit code: 0, or 1 when it cannot be told. @throws ConfigMistakes */
export async function runAlertsRoute({ file, labels: typed, receiver, json, now }: AlertsRouteOptions, { out, err }: CommandIo): Promise<0 | 1> {
  const { alerts, rooms } = await loadConfig(file);
  const labels = readLabels(typed);
  if (alerts === undefined || "mistake" in labels) {
    err("mistake" in labels ? `--labels: ${labels.mistake}\n` : `${file} has no \`alerts\`: none are taken.\n`);
    return 1;
  }
  const { settings } = alerts;
  const group = { receiver, groupLabels: {}, commonLabels: labels.labels, routeLabels: {}, severity: severityOf(labels.labels, settings) };
  const route = roomsFor(
    group,
    settings,
    rooms.map((room) => room.name),
  );
  const loud = pingsFor(group, { ...settings, quietHours: undefined }, now);
  const quiet = settings.quietHours === undefined ? undefined : loudDuringQuietHours(group, settings);
  const escalations = escalationsFor(group, settings);
  if (json) {
    out(`${JSON.stringify({ ...route, severity: group.severity, mentioned: loud.now, mentionedDuringQuietHours: quiet ?? loud.now, escalations })}\n`);
    return 0;
  }
  const people = (list: readonly string[]): string => (list.length === 0 ? "nobody" : list.join(", "));
  const lines = [
    `rooms      ${route.rooms.join(", ")} (${route.why})`,
    ...(route.unknown.length === 0 ? [] : [`           not a room of the configuration: ${route.unknown.join(", ")}`]),
    `severity   ${group.severity}`,
    `mentioned  ${people(loud.now)}`,
    ...(quiet === undefined ? [] : [`           during quiet hours: ${people(quiet)}`]),
    ...escalations.map((step) => `           after ${duration(step.afterMs)} without an acknowledgement: ${people(step.people)}`),
  ];
  out(`${lines.join("\n")}\n`);
  return 0;
}

type Group = Parameters<typeof pingsFor>[0];

/** Whoever is mentioned at all hours. */
function loudDuringQuietHours(group: Group, settings: Parameters<typeof pingsFor>[1]): Pings["now"] {
  return pingsFor(group, { pings: settings.pings.filter((rule) => rule.always), quietHours: undefined }, 0).now;
}

function readLabels(text: string): { readonly labels: Labels } | { readonly mistake: string } {
  const parsed = parseMatchers(text);
  if (!parsed.ok) return { mistake: parsed.mistake };
  const other = parsed.matchers.find((matcher) => matcher.op !== "=");
  if (other !== undefined) return { mistake: `${other.name}${other.op}…: labels are written with =` };
  return { labels: Object.fromEntries(parsed.matchers.map(({ name, value }) => [name, value])) };
}
