/** `!silence MATCHERS DURATION COMMENT… [--source …]`: mutes alerts in Alertmanager, in the name of whoever typed it. */
import * as z from "zod";
import { actingOf, theAlertmanager, type Acting } from "../alerts/actions/acting.ts";
import { causeOf } from "../alerts/actions/cause.ts";
import { groupsCoveredBy } from "../alerts/actions/covered.ts";
import { createSilenceOnce } from "../alerts/actions/create-silence.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { previewLines, previewOf } from "../alerts/actions/preview.ts";
import { askForMs } from "../alerts/actions/silence-ask.ts";
import { confirmChoices } from "../alerts/actions/silence-choices.ts";
import { noteOf } from "../alerts/actions/silence-make.ts";
import { readSilenceNote, silenceNotes } from "../alerts/actions/silence-note.ts";
import { silenceKind, type SilencePayload } from "../alerts/actions/silence-payload.ts";
import { recordSilence } from "../alerts/actions/silence-record.ts";
import { doubtsAbout, matchesEverything, parseSilenceRequest } from "../alerts/actions/silence-request.ts";
import { defineCommand, type Asker } from "../chat/command.ts";
import { duration } from "../chat/render/units.ts";
import { render, type SilenceAnswer } from "./silence.render.ts";

/** All that this command may look at and change. */
export type SilenceNeeds = Acting<ActionNeeds>;

export const silence = defineCommand({
  name: "silence",
  summary: "Mutes alerts in Alertmanager for a while, in your name; asks first when it is not plain what is meant",
  examples: [
    "!silence NodeDown 2h new disk",
    '!silence alertname="NodeDown" instance=~"uzig.*" 90m new disk',
    "!silence {namespace=matrix} 1d moving --source prod",
  ],
  role: "operator",
  args: z.object({
    request: z.string().min(1).max(3000).describe("matchers as in Alertmanager or an alert's name, for how long (30m, 2h, 1d), and why"),
    source: z.string().min(1).max(63).optional().describe("whose Alertmanager, where there are several"),
  }),
  positional: ["request"],
  rest: "MATCHERS DURATION COMMENT…",
  deadlineMs: 30_000,
  run: async ({ request, source }, needs: SilenceNeeds, asker): Promise<SilenceAnswer> => {
    const acting = actingOf(needs);
    const cause = causeOf("typed", asker.event);
    const before = await begunBefore(cause, acting);
    if (before !== undefined) return before;
    const read = parseSilenceRequest(request);
    if (!read.ok) return { kind: "mistake", text: read.mistake };
    if (matchesEverything(read.matchers)) return { kind: "mistake", text: "that would mute everything, which Alertmanager refuses: say what a label is" };
    const manager = theAlertmanager(acting.alertmanagers(), source);
    const { matchers, forMs, comment } = read;
    const preview = await previewOf(manager, matchers, undefined, asker.signal);
    const about = { source: manager.source, matchers: [...matchers], by: asker.user, room: asker.room, thread: { event: asker.event } };
    const words = comment === "" ? `silenced from the room` : comment;
    const doubts = doubtsAbout(matchers, preview);
    if (doubts.length > 0) {
      await confirmFirst(
        cause,
        { ...about, comment: words, forMs },
        [`🔕 Silence this for ${duration(forMs)}? ${doubts.join("; ")}.`, previewLines(matchers, preview, "typed")],
        acting,
        asker,
      );
      return { kind: "asked", doubts };
    }
    const { now } = acting.view();
    const made = await createSilenceOnce(manager, { cause, matchers, by: asker.user, comment: words, until: now + forMs }, now, asker.signal);
    const note = noteOf(cause, about, made, await groupsCoveredBy(acting.store.read, manager.source, matchers), now);
    const earlier = await silenceNotes(acting.store.read);
    await acting.store.write((tx) => recordSilence(tx, note, earlier, acting));
    acting.wakeSender();
    return { kind: "made", id: made.id, until: made.until, alerts: preview.alerts, matchers };
  },
  render,
});

/** The same message, handled before a crash: what it did then stands. */
async function begunBefore(cause: string, { store, prompts }: ActionNeeds): Promise<SilenceAnswer | undefined> {
  const note = await readSilenceNote(store.read, cause);
  if (note !== undefined) return { kind: "made", id: note.id, until: note.until, alerts: undefined, matchers: note.matchers };
  return (await prompts.read(cause)) === undefined ? undefined : { kind: "asked", doubts: [] };
}

async function confirmFirst(
  cause: string,
  payload: SilencePayload,
  [title, lines]: readonly [string, ReturnType<typeof previewLines>],
  { store, prompts, view, wakeSender }: ActionNeeds,
  { user, room }: Asker,
): Promise<void> {
  const question = {
    id: cause,
    kind: silenceKind,
    room,
    lines: [{ text: title, strong: true as const }, ...lines],
    choices: confirmChoices,
    people: [user],
    needed: 1 as const,
    notBy: undefined,
    free: false,
    deadlineAt: view().now + askForMs,
    thread: undefined,
    payload,
  };
  await store.write((tx) => prompts.ask(tx, question));
  wakeSender();
}
