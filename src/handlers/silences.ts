/** `!silences [--source …]`: what is silenced, until when, by whom and why. */
import * as z from "zod";
import { actingOf, theAlertmanager, type Acting } from "../alerts/actions/acting.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { AlertmanagerError } from "../alerts/alertmanager/error.ts";
import { defineCommand } from "../chat/command.ts";
import { render, type SilencesAnswer, type SilencesOf } from "./silences.render.ts";

/** All that this command may look at. */
export type SilencesNeeds = Acting<Pick<ActionNeeds, "alertmanagers">>;

export const silences = defineCommand({
  name: "silences",
  summary: "What is silenced, until when, by whom and why",
  examples: ["!silences", "!silences --source prod"],
  role: "viewer",
  args: z.object({ source: z.string().min(1).max(63).optional().describe("of one Alertmanager; all without it") }),
  positional: [],
  deadlineMs: 15_000,
  run: async ({ source }, needs: SilencesNeeds, { signal }): Promise<SilencesAnswer> => {
    const managers = actingOf(needs).alertmanagers();
    const asked = source === undefined && managers.size > 0 ? [...managers.values()] : [theAlertmanager(managers, source)];
    return await Promise.all(
      asked.map(async (manager): Promise<SilencesOf> => {
        try {
          const all = await manager.silences(signal);
          return { source: manager.source, silences: all.filter(({ state }) => state !== "expired").toSorted((a, b) => a.endsAt - b.endsAt) };
        } catch (error) {
          if (!(error instanceof AlertmanagerError)) throw error;
          return { source: manager.source, failure: error.message };
        }
      }),
    );
  },
  render,
});
