/** A silence that was made is looked after: its end is told before, and what happens to it in Alertmanager is seen here too. */
import * as z from "zod";
import { clockTime, duration } from "../../chat/render/units.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import { AlertmanagerError } from "../alertmanager/error.ts";
import type { Silence } from "../alertmanager/answers.ts";
import { markerOf } from "./cause.ts";
import type { ActionNeeds } from "./needs.ts";
import { readSilenceNote, silenceNotes, userId, type SilenceNote } from "./silence-note.ts";
import { forgetSilence, moveSilence, watchEveryMs, watchKey } from "./silence-record.ts";
import { sayInThread } from "./thread-line.ts";

type Handler = (timer: DueTimer, signal: AbortSignal) => Promise<void>;

const ofNote = z.object({ cause: z.string() });
const endShape = z.object({ source: z.string(), id: z.string(), by: userId.optional(), replaced: z.boolean().optional() });
const undoShape = z.object({ source: z.string(), cause: z.string() });

/** Moved by less is not moved: Alertmanager rounds. */
const moveMs = 2000;

/** Handlers by kind: `silence.remind`, `silence.watch`, `silence.end`, `silence.undo`. */
export function silenceHandlers(needs: ActionNeeds): Readonly<Record<string, Handler>> {
  return {
    "silence.remind": (timer) => remind(timer, needs),
    "silence.watch": (timer, signal) => watch(timer, needs, signal),
    "silence.end": (timer, signal) => end(timer, needs, signal),
    "silence.undo": (timer, signal) => undo(timer, needs, signal),
  };
}

async function remind(timer: DueTimer, needs: ActionNeeds): Promise<void> {
  const { store, living, view, wakeSender } = needs;
  await store.write(async (tx) => {
    await tx.clearTimer(timer.key);
    const note = await readSilenceNote(tx, ofNote.parse(JSON.parse(timer.body)).cause);
    if (note === undefined) return;
    const groups = await Promise.all(note.groups.map((id) => living.load(tx, id)));
    // What has ended needs no silence any more.
    if (note.groups.length > 0 && !groups.some((group) => group?.status === "firing")) return;
    const { now } = view();
    const again = "key" in note.thread ? "Put 🔕 on this message to prolong it." : "Type !silence anew to prolong it.";
    const text = `🔕 ${note.by}: the silence ends in ${duration(note.until - now + 500)}, at ${clockTime(note.until, view())}. ${again}`;
    await sayInThread(tx, note, `remind-${note.id.slice(0, 8)}-${Math.round(note.until / 1000)}`, [{ text }], [note.by], now);
  });
  wakeSender();
}

async function watch(timer: DueTimer, needs: ActionNeeds, signal: AbortSignal): Promise<void> {
  const { store, view, alertmanagers, wakeSender } = needs;
  const note = await readSilenceNote(store.read, ofNote.parse(JSON.parse(timer.body)).cause);
  if (note === undefined) {
    await store.write((tx) => tx.clearTimer(timer.key));
    return;
  }
  const there = await look(note, alertmanagers().get(note.source), signal);
  const others = await silenceNotes(store.read);
  await store.write(async (tx) => {
    const { now } = view();
    const until = typeof there === "object" ? there.endsAt : note.until;
    // Nobody could say: what we know holds.
    const over = there === "unknown" ? now >= note.until : there === "gone" || there.state === "expired" || now >= until;
    if (over) await forgetSilence(tx, note, others, now >= note.until - moveMs ? "the silence ended" : "the silence was ended in Alertmanager", needs);
    else if (Math.abs(until - note.until) > moveMs) await moveSilence(tx, note, until, needs);
    else await tx.setTimer({ key: watchKey(note.cause), kind: "silence.watch", dueAt: Math.min(until, now + watchEveryMs), body: timer.body });
  });
  wakeSender();
}

async function look(
  note: SilenceNote,
  manager: { readonly silence: (id: string, signal: AbortSignal) => Promise<Silence | undefined> } | undefined,
  signal: AbortSignal,
): Promise<Silence | "gone" | "unknown"> {
  if (manager === undefined) return "unknown";
  try {
    return (await manager.silence(note.id, signal)) ?? "gone";
  } catch (error) {
    if (error instanceof AlertmanagerError) return "unknown";
    throw error;
  }
}

/** Somebody took it back, or another took its place. Tried again until Alertmanager has done it. */
async function end(timer: DueTimer, needs: ActionNeeds, signal: AbortSignal): Promise<void> {
  const { store, view, alertmanagers, wakeSender } = needs;
  const { source, id, by, replaced } = endShape.parse(JSON.parse(timer.body));
  const notes = await silenceNotes(store.read);
  const note = notes.find((each) => each.id === id && each.source === source);
  try {
    await alertmanagers().get(source)?.expireSilence(id, signal);
  } catch (error) {
    if (!(error instanceof AlertmanagerError) || timer.attempts > 0 || note === undefined) throw error;
    const lines = [{ text: `🔕 The silence could not be ended yet: ${error.message}.`, strong: true }, { text: "I try again." }] as const;
    await store.write((tx) => sayInThread(tx, note, `end-${id.slice(0, 8)}`, lines, by === undefined ? [] : [by], view().now));
    wakeSender();
    throw error;
  }
  await store.write(async (tx) => {
    await tx.clearTimer(timer.key);
    if (note === undefined) return;
    await forgetSilence(tx, note, notes, replaced === true ? "a new silence took the place of the one before" : `${by ?? "somebody"} ended the silence`, needs);
  });
  wakeSender();
}

/** A 🔕 was taken back between the answer and the silence: if it was made all the same, it is ended. */
async function undo(timer: DueTimer, { store, alertmanagers }: ActionNeeds, signal: AbortSignal): Promise<void> {
  const { source, cause } = undoShape.parse(JSON.parse(timer.body));
  const manager = alertmanagers().get(source);
  const made = (await manager?.silences(signal))?.find((each) => each.comment.endsWith(markerOf(cause)));
  if (made !== undefined && made.state !== "expired") await manager?.expireSilence(made.id, signal);
  await store.write((tx) => tx.clearTimer(timer.key));
}
