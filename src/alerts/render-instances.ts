/** The alerts of a group one by one, by what tells them apart. Pure. */
import type { View } from "../chat/command.ts";
import type { Line, Span } from "../chat/line.ts";
import { clip, oneLine } from "../chat/render/outside-text.ts";
import { clockTime } from "../chat/render/units.ts";
import type { Alert, Labels } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";
import { commonLabels, instanceName } from "./instances.ts";
import { alertsOf, firingOf, nameOf, templateView } from "./render-words.ts";
import type { AlertSettings } from "./settings.ts";
import { fillTemplate } from "./template.ts";

const longestName = 160;
const mostCommon = 8;
/** Of all instances together: what stands below them has to fit too. */
const mostBytes = 6000;
/** What joined later than this says since when; the others began with the group. */
const withGroupMs = 60_000;
const longestEnded = 300;

/** What is the same in all, said once. */
export function commonLine(alerts: readonly Alert[], { severityLabel }: Pick<AlertSettings, "severityLabel">): readonly Line[] {
  const entries = Object.entries(commonLabels(alerts, severityLabel));
  if (entries.length === 0) return [];
  const shown = entries
    .slice(0, mostCommon)
    .flatMap(([name, value], at): readonly Span[] => [at === 0 ? "" : " ", { code: clip(oneLine(`${name}=${value}`), longestName) }]);
  return [{ text: entries.length > mostCommon ? [...shown, ` and ${entries.length - mostCommon} more labels`] : shown }];
}

/** The first of those that fire, those that ended struck through as far as there is room, and the rest counted. */
export function instanceLines(group: AlertGroup, settings: AlertSettings, view: View): readonly Line[] {
  const { instances } = settings.message;
  const firing = firingOf(group);
  const ended = alertsOf(group).filter((alert) => alert.status === "resolved");
  const nameFiring = namesAmong(firing, group, settings);
  const nameEnded = namesAmong([...firing, ...ended], group, settings);
  const shown = within(firing.slice(0, instances).map((alert) => ({ alert, name: nameFiring(alert) })));
  const left = instances - shown.length;
  const struck = left > 0 && shown.length === firing.length ? ended.slice(-left) : [];
  const hidden = firing.slice(shown.length);
  const newest = hidden.length === 0 ? undefined : hidden.reduce((last, alert) => ((alert.startsAt ?? 0) > (last.startsAt ?? 0) ? alert : last));
  const whichIsNewest = newest === undefined || joined(newest, group, view) === "" ? "" : `, the newest ${nameFiring(newest)}${joined(newest, group, view)}`;
  return [
    ...shown.flatMap(({ alert, name }): readonly Line[] => (name === "" ? [] : [{ item: `${name}${joined(alert, group, view)}` }])),
    ...struck.map((alert): Line => ({ item: [{ struck: nameEnded(alert) || clip(oneLine(nameOf(group)), longestName) }] })),
    ...(hidden.length === 0 ? [] : [{ text: `… and ${hidden.length} more${whichIsNewest}` }]),
    ...(group.truncated === 0 ? [] : [{ text: `… and ${group.truncated} more that Alertmanager cut off` }]),
    ...(ended.length === struck.length ? [] : [{ text: `… and ${ended.length - struck.length} that ended` }]),
  ];
}

/** Those of an ended group on one line: the last that ended, and how many there were beside them. */
export function endedNames(group: AlertGroup, settings: AlertSettings): readonly Line[] {
  const alerts = alertsOf(group);
  const name = namesAmong(alerts, group, settings);
  const names = alerts
    .slice(-settings.message.instances)
    .map(name)
    .filter((each) => each !== "");
  if (names.length === 0) return [];
  let length = 0;
  const shown = names.filter((each, at) => (length += each.length) <= longestEnded || at === 0);
  const more = alerts.length - shown.length + group.truncated;
  return [{ text: `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}` }];
}

/** Alone, an alert has nothing to be told apart from: its labels and summary are said above. */
function namesAmong(among: readonly Alert[], group: AlertGroup, { template, severityLabel }: AlertSettings): (alert: Alert) => string {
  const common: Labels = commonLabels(among, severityLabel);
  return (alert) => {
    const filled = template.line === undefined ? "" : fillTemplate(template.line, templateView(group, alert, severityLabel));
    if (filled !== "") return filled;
    return among.length === 1 ? "" : clip(oneLine(instanceName(alert, common, severityLabel)), longestName);
  };
}

/** A message is edited when something changes, not as time passes: an absolute time stays true. */
function joined({ startsAt }: Alert, { beganAt }: AlertGroup, view: View): string {
  return startsAt === undefined || startsAt - beganAt <= withGroupMs ? "" : ` · since ${clockTime(startsAt, view)}`;
}

function within<Row extends { readonly name: string }>(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  return rows.filter(({ name }) => (bytes += Buffer.byteLength(name)) <= mostBytes);
}
