/** Who is mentioned, and when. Pure. */
import type { UserId } from "../ids.ts";
import type { AlertGroup } from "./group.ts";
import { matchesAll } from "./matcher.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { AlertSettings, PingRule } from "./settings.ts";

export interface Pings {
  readonly now: readonly UserId[];
  /** Put off by quiet hours: told when they end, if it still fires then. */
  readonly later: { readonly at: number; readonly people: readonly UserId[] } | undefined;
}

type PingSettings = Pick<AlertSettings, "pings" | "quietHours">;
type Pinged = Pick<AlertGroup, "severity" | "groupLabels" | "commonLabels" | "routeLabels">;

/** @param now milliseconds since 1970 */
export function pingsFor(group: Pinged, { pings, quietHours }: PingSettings, now: number): Pings {
  const rules = rulesFor(group, pings);
  const until = quietHours === undefined ? undefined : quietUntil(now, quietHours);
  const loud = rules.filter((rule) => until === undefined || rule.always);
  const people = unique(loud.flatMap((rule) => rule.mention));
  const putOff = unique(rules.filter((rule) => !loud.includes(rule)).flatMap((rule) => rule.mention)).filter((each) => !people.includes(each));
  return { now: people, later: until === undefined || putOff.length === 0 ? undefined : { at: until, people: putOff } };
}

/** Steps in the order of time; steps at the same time are one. */
export function escalationsFor(
  group: Pinged,
  { pings }: Pick<AlertSettings, "pings">,
): readonly { readonly afterMs: number; readonly people: readonly UserId[] }[] {
  const steps = rulesFor(group, pings).flatMap(({ escalate }) => (escalate === undefined ? [] : [escalate]));
  return [...Map.groupBy(steps, (step) => step.afterMs)]
    .map(([afterMs, same]) => ({ afterMs, people: unique(same.flatMap((step) => step.mention)) }))
    .toSorted((a, b) => a.afterMs - b.afterMs);
}

/** A group that comes and goes does not call the same people each time. */
export function mayPingAgain(pingedAt: number | undefined, now: number, { message }: Pick<AlertSettings, "message">): boolean {
  return pingedAt === undefined || now - pingedAt >= message.pingAgainAfterMs;
}

function rulesFor({ severity, groupLabels, commonLabels, routeLabels }: Pinged, rules: readonly PingRule[]): readonly PingRule[] {
  const labels = { ...commonLabels, ...groupLabels, ...routeLabels };
  return rules.filter((rule) => (rule.severities.length === 0 || rule.severities.includes(severity)) && matchesAll(labels, rule.matchers));
}

function unique(people: readonly UserId[]): readonly UserId[] {
  return [...new Set(people)];
}
