/** `!unsilence ID`: ends a silence. */
import * as z from "zod";
import { actingOf, theAlertmanager, type Acting } from "../alerts/actions/acting.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { silenceNotes } from "../alerts/actions/silence-note.ts";
import { forgetSilence } from "../alerts/actions/silence-record.ts";
import { defineCommand } from "../chat/command.ts";
import { render, type UnsilenceAnswer } from "./unsilence.render.ts";

/** All that this command may look at and change. */
export type UnsilenceNeeds = Acting<Pick<ActionNeeds, "alertmanagers" | "store" | "living" | "view" | "wakeSender">>;

export const unsilence = defineCommand({
  name: "unsilence",
  summary: "Ends a silence before its time",
  examples: ["!unsilence 5c2b7a10", "!unsilence 5c2b7a10 --source prod"],
  role: "operator",
  args: z.object({
    id: z
      .string()
      .regex(/^[0-9a-fA-F-]{4,36}$/u, "the first four or more characters of a silence's id")
      .describe("the silence's id, or its beginning: !silences shows it"),
    source: z.string().min(1).max(63).optional().describe("whose Alertmanager, where there are several"),
  }),
  positional: ["id"],
  deadlineMs: 30_000,
  run: async ({ id: typed, source }, needs: UnsilenceNeeds, { user, signal }): Promise<UnsilenceAnswer> => {
    const { alertmanagers, store, living, view, wakeSender } = actingOf(needs);
    const managers = alertmanagers();
    const asked = source === undefined && managers.size > 0 ? [...managers.values()] : [theAlertmanager(managers, source)];
    const all = await Promise.all(asked.map(async (manager) => (await manager.silences(signal)).map((silence) => ({ manager, silence }))));
    const called = all.flat().filter(({ silence }) => silence.id.startsWith(typed.toLowerCase()));
    const lasting = called.filter(({ silence }) => silence.state !== "expired");
    if (called.length === 0) return { kind: "none", typed };
    if (lasting.length > 1) return { kind: "several", silences: lasting.map(({ silence }) => silence) };
    const chosen = lasting[0] ?? called[0];
    if (chosen === undefined) return { kind: "none", typed };
    const { manager, silence } = chosen;
    const over = silence.state === "expired";
    if (!over) await manager.expireSilence(silence.id, signal);
    const notes = await silenceNotes(store.read);
    const note = notes.find((each) => each.id === silence.id && each.source === manager.source);
    if (note !== undefined)
      await store.write((tx) => forgetSilence(tx, note, notes, over ? "the silence ended" : `${user} ended the silence`, { living, view }));
    wakeSender();
    return { kind: over ? "over" : "ended", silence };
  },
  render,
});
