/** `!ack [GROUP|ALERTNAME]`: says that you are on it. */
import * as z from "zod";
import { acknowledge, type AcknowledgeNeeds } from "../alerts/actions/acknowledge.ts";
import { actingOf, type Acting } from "../alerts/actions/acting.ts";
import { firingGroups } from "../alerts/actions/known-groups.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import type { AlertGroup } from "../alerts/group.ts";
import { titleOf } from "../alerts/render.ts";
import { bySeverity } from "../alerts/severity.ts";
import { defineCommand } from "../chat/command.ts";
import { render, type AckAnswer } from "./ack.render.ts";

/** All that this command may look at and change. */
export type AckNeeds = Acting<AcknowledgeNeeds & Pick<ActionNeeds, "store" | "wakeSender">>;

/** Acknowledged by one command at most. */
const mostAtOnce = 50;

export const ack = defineCommand({
  name: "ack",
  summary: "Says that you are on it, as 👀 on the alert does: nobody else is called",
  examples: ["!ack", "!ack NodeDown", "!ack 3fa2c1"],
  role: "operator",
  args: z.object({
    what: z.string().min(1).max(200).optional().describe("an alert's name, or a group's id from !alerts; without it, the only one that is open here"),
  }),
  positional: ["what"],
  deadlineMs: 10_000,
  run: async ({ what }, needs: AckNeeds, { user, room }): Promise<AckAnswer> => {
    const { store, wakeSender, ...acknowledging } = actingOf(needs);
    const title = (group: AlertGroup): string => titleOf(group, acknowledging.settings());
    const { groups } = await firingGroups(store.read);
    const here = groups.filter((group) => group.rooms[room] !== undefined);
    const open = here.filter((group) => group.acknowledged === undefined);
    const chosen = what === undefined ? open : here.filter((group) => isMeant(group, what));
    if (chosen.length === 0) return { kind: "none", what };
    if (what === undefined && chosen.length > 1) {
      const rows = chosen.toSorted((a, b) => bySeverity(a.severity, b.severity) || b.beganAt - a.beganAt);
      return { kind: "which", rows: rows.map((group) => ({ id: group.id, title: title(group), severity: group.severity })) };
    }
    const results = await store.write(async (tx) => {
      const all = [];
      for (const { id } of chosen.slice(0, mostAtOnce)) all.push(await acknowledge(tx, id, { by: user, reaction: undefined, where: room }, acknowledging));
      return all;
    });
    wakeSender();
    // Typed before and interrupted, it is this person's already.
    return {
      kind: "done",
      titles: results.flatMap((each) => (each.kind === "done" || (each.kind === "taken" && each.by.by === user) ? [title(each.group)] : [])),
      taken: results.flatMap((each) => (each.kind === "taken" && each.by.by !== user ? [{ title: title(each.group), by: each.by }] : [])),
      more: Math.max(0, chosen.length - mostAtOnce),
    };
  },
  render,
});

function isMeant({ id, alerts }: AlertGroup, what: string): boolean {
  const typed = what.toLowerCase();
  if (/^[0-9a-f]{4,16}$/u.test(typed) && id.startsWith(typed)) return true;
  return Object.values(alerts).some((alert) => alert.status === "firing" && alert.labels["alertname"]?.toLowerCase() === typed);
}
