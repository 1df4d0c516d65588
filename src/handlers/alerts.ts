/** `!alerts [FILTER] [--all]`: what fires now. */
import * as z from "zod";
import { actingOf, type Acting } from "../alerts/actions/acting.ts";
import { firingGroups } from "../alerts/actions/known-groups.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { parseTypedMatchers } from "../alerts/actions/silence-request.ts";
import { AlertmanagerError } from "../alerts/alertmanager/error.ts";
import type { Labels } from "../alerts/delivery.ts";
import type { AlertGroup } from "../alerts/group.ts";
import { matchesAll, type Matcher } from "../alerts/matcher.ts";
import { titleOf } from "../alerts/render.ts";
import { bySeverity } from "../alerts/severity.ts";
import { defineCommand } from "../chat/command.ts";
import { render, type AlertRow, type AlertsAnswer, type Beyond } from "./alerts.render.ts";

/** All that this command may look at. */
export type AlertsNeeds = Acting<Pick<ActionNeeds, "store" | "settings" | "alertmanagers">>;

export const alerts = defineCommand({
  name: "alerts",
  summary: "What fires now, the worst first, and what only Alertmanager knows of",
  examples: ["!alerts", "!alerts NodeDown", '!alerts namespace=~"matrix-.*" severity=critical', "!alerts --all"],
  role: "viewer",
  args: z.object({
    filter: z.string().min(1).max(1000).optional().describe("a part of an alert's name, or matchers as in Alertmanager"),
    all: z.boolean().optional().describe("every one, in the thread"),
  }),
  positional: ["filter"],
  rest: "FILTER",
  deadlineMs: 15_000,
  run: async ({ filter, all }, needs: AlertsNeeds, { signal }): Promise<AlertsAnswer> => {
    const { store, settings, alertmanagers } = actingOf(needs);
    const wanted = readFilter(filter);
    if ("mistake" in wanted) return { kind: "mistake", text: wanted.mistake };
    const { groups, more } = await firingGroups(store.read);
    const beyond = await Promise.all(
      [...alertmanagers().values()].map(async (manager): Promise<Beyond> => {
        const { source } = manager;
        try {
          const known = new Set(
            groups.filter((group) => group.source === source).flatMap((group) => Object.values(group.alerts).map((alert) => keyOf(alert.labels))),
          );
          const there = await manager.alerts({ matchers: "matchers" in wanted ? wanted.matchers : [] }, signal);
          const unheard = there.filter((alert) => !known.has(keyOf(alert.labels)) && fits(alert.labels, wanted));
          const names = (silenced: boolean): readonly string[] =>
            unheard.filter((alert) => (alert.state === "suppressed") === silenced).map((alert) => alert.labels["alertname"] ?? "an alert without a name");
          return { source, active: names(false), suppressed: names(true) };
        } catch (error) {
          if (!(error instanceof AlertmanagerError)) throw error;
          return { source, failure: error.message };
        }
      }),
    );
    const rows = groups.flatMap((group) => {
      const firing = Object.values(group.alerts).filter((alert) => alert.status === "firing" && fits(alert.labels, wanted));
      return firing.length === 0 ? [] : [rowOf(group, firing.length, titleOf(group, settings()))];
    });
    const ordered = rows.toSorted((a, b) => bySeverity(a.severity, b.severity) || b.beganAt - a.beganAt);
    return { kind: "list", rows: ordered, more, beyond, filtered: filter !== undefined, all: all === true };
  },
  render,
});

type Filter = { readonly matchers: readonly Matcher[] } | { readonly word: string } | { readonly mistake: string };

function readFilter(text: string | undefined): Filter {
  if (text === undefined) return { matchers: [] };
  if (!/[=~{]/u.test(text)) return { word: text.replaceAll(/["“”„]/gu, "").toLowerCase() };
  const parsed = parseTypedMatchers(text);
  return parsed.ok ? { matchers: parsed.matchers } : { mistake: parsed.mistake };
}

function fits(labels: Labels, filter: Exclude<Filter, { readonly mistake: string }>): boolean {
  return "matchers" in filter ? matchesAll(labels, filter.matchers) : (labels["alertname"] ?? "").toLowerCase().includes(filter.word);
}

/** Labels make an alert; fingerprints are each source's own. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function rowOf({ id, source, severity, beganAt, acknowledged, silence }: AlertGroup, count: number, title: string): AlertRow {
  return { id, source, title, severity, count, beganAt, acknowledged: acknowledged?.by, silencedUntil: silence?.until };
}
