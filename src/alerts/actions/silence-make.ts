/** The question was answered: the silence is made in Alertmanager, once, and shown. */
import * as z from "zod";
import { clockTime } from "../../chat/render/units.ts";
import type { Line } from "../../chat/line.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import { AlertmanagerError } from "../alertmanager/error.ts";
import { showMatchers } from "../matcher.ts";
import { groupsCoveredBy } from "./covered.ts";
import { createSilenceOnce, type MadeSilence } from "./create-silence.ts";
import type { ActionNeeds } from "./needs.ts";
import { endOf } from "./silence-choices.ts";
import { silenceNotes, type SilenceNote } from "./silence-note.ts";
import { readPayload, type SilencePayload } from "./silence-payload.ts";
import { endKey, recordSilence } from "./silence-record.ts";
import { sayInThread } from "./thread-line.ts";

const bodyShape = z.object({ prompt: z.string() });

/** Handler of timers of kind `answered.silence`. */
export function silenceAnswered(needs: ActionNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  const { store, view, prompts } = needs;
  return async (timer, signal) => {
    const id = bodyShape.parse(JSON.parse(timer.body)).prompt;
    const prompt = await prompts.read(id);
    if (prompt?.status !== "answered" || prompt.answer?.yes !== true) {
      await store.write((tx) => tx.clearTimer(timer.key));
      return;
    }
    const payload = readPayload(prompt.payload);
    const until = endOf(prompt.answer, payload.forMs, view().timeZone);
    if (until === undefined) {
      const typed = `“${prompt.answer.free ?? prompt.answer.choice}”`;
      await giveUp(timer, id, payload, [`${typed} is no duration from 1 min to 90 days, such as 30m, 2h or 1d.`, "Put 🔕 anew, or type !silence."], needs);
      return;
    }
    try {
      const made = await makeIt(id, payload, until, needs, signal);
      await record(timer, prompt, payload, made, needs);
    } catch (error) {
      if (!(error instanceof AlertmanagerError)) throw error;
      if (error.failure !== "away") return giveUp(timer, id, payload, [error.message, error.remedy], needs);
      if (timer.attempts === 0) await tell(id, payload, [`${error.message}.`, "I try again until the silence would be over."], "away", needs);
      if (until > view().now) throw error;
      await giveUp(timer, id, payload, ["Alertmanager was away until the silence would have been over.", "Put 🔕 anew."], needs);
    }
    needs.wakeSender();
  };
}

async function makeIt(cause: string, payload: SilencePayload, until: number, { alertmanagers, view }: ActionNeeds, signal: AbortSignal): Promise<MadeSilence> {
  const manager = alertmanagers().get(payload.source);
  if (manager === undefined)
    throw new AlertmanagerError(
      "refused",
      `the configuration has no Alertmanager for ${payload.source} any more`,
      "Add alerts.sources[].alertmanager.url to it.",
    );
  const { matchers, by, comment } = payload;
  return createSilenceOnce(manager, { cause, matchers, by, comment, until }, view().now, signal);
}

async function record(timer: DueTimer, { id: cause }: Prompt, payload: SilencePayload, made: MadeSilence, needs: ActionNeeds): Promise<void> {
  const { store, view, prompts } = needs;
  const groups = await groupsCoveredBy(store.read, payload.source, payload.matchers);
  const earlier = await silenceNotes(store.read);
  const note = noteOf(cause, payload, made, groups, view().now);
  await store.write(async (tx) => {
    const { now } = view();
    await tx.clearTimer(timer.key);
    if ((await prompts.take(tx, cause)) === undefined) {
      // Taken back while Alertmanager made it.
      await tx.setTimer({ key: endKey(made.id), kind: "silence.end", dueAt: now, body: JSON.stringify({ source: note.source, id: made.id }) });
      return;
    }
    const detail = `${made.id} at ${note.source} until ${clockTime(made.until, view())}: ${showMatchers(note.matchers)}`.slice(0, 300);
    await tx.appendAudit({
      at: now,
      actor: note.by,
      action: "silence",
      subject: cause.slice(0, 64),
      room: note.room,
      eventId: note.reaction,
      outcome: "ok",
      detail,
    });
    if (made.state !== "expired") await recordSilence(tx, note, earlier, needs);
    // A group's message shows it; where there is none, it is said.
    if (payload.forMs !== undefined) await sayInThread(tx, note, "silence-made", madeLines(note, needs), [], now);
  });
}

/** Pure. */
export function noteOf(
  cause: string,
  { source, matchers, by, room, thread, reaction }: Omit<SilencePayload, "comment" | "forMs">,
  made: MadeSilence,
  groups: readonly string[],
  now: number,
): SilenceNote {
  return {
    cause,
    id: made.id,
    source,
    by,
    from: now,
    until: made.until,
    matchers,
    groups: [...groups],
    room,
    thread,
    ...(reaction === undefined ? {} : { reaction }),
  };
}

function madeLines({ id, until }: SilenceNote, { view }: ActionNeeds): readonly Line[] {
  return [{ text: ["🔕 Silenced until ", clockTime(until, view()), ". End it with ", { code: `!unsilence ${id.slice(0, 8)}` }] }];
}

async function giveUp(timer: DueTimer, cause: string, payload: SilencePayload, words: readonly [string, string], needs: ActionNeeds): Promise<void> {
  await needs.store.write(async (tx) => {
    await tx.clearTimer(timer.key);
    await needs.prompts.take(tx, cause);
  });
  await tell(cause, payload, words, "not-made", needs);
}

async function tell(
  cause: string,
  payload: SilencePayload,
  [what, remedy]: readonly [string, string],
  name: string,
  { store, view, wakeSender }: ActionNeeds,
): Promise<void> {
  const lines = [{ text: `🔕 ${what}`, strong: true }, { text: remedy }] as const;
  const short = cause.split("/").at(-1) ?? "";
  await store.write((tx) => sayInThread(tx, payload, `silence-${name}-${short}`, lines, [payload.by], view().now));
  wakeSender();
}
