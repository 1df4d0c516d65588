/** What becomes of a silence in the store and in the rooms: made, moved, over. */
import { clockTime, duration } from "../../chat/render/units.ts";
import type { EventId } from "../../ids.ts";
import type { Writes } from "../../store/store.ts";
import type { AlertGroup, GroupSilence } from "../group.ts";
import { showMatchers } from "../matcher.ts";
import type { ActionNeeds } from "./needs.ts";
import { saveSilenceNote, silenceNoteKind, type SilenceNote } from "./silence-note.ts";
import { remindAt } from "./silence-time.ts";

/** Alertmanager is asked this often whether a silence is still what it was: people end and prolong them there too. */
export const watchEveryMs = 5 * 60_000;

type RecordNeeds = Pick<ActionNeeds, "living" | "view">;

export const watchKey = (cause: string): string => `silence.watch/${cause}`;
export const remindKey = (cause: string): string => `silence.remind/${cause}`;
export const endKey = (id: string): string => `silence.end/${id}`;

/** It is there: kept, shown in the messages of its groups, with its reminder and its watch. @param before what the groups' silences were replaced by it */
export async function recordSilence(tx: Writes, note: SilenceNote, earlier: readonly SilenceNote[], needs: RecordNeeds): Promise<void> {
  const view = needs.view();
  await saveSilenceNote(tx, note, view.now);
  await setSilenceTimers(tx, note, view.now);
  const line = `${clockTime(view.now, view)} 🔕 ${note.by} silenced until ${clockTime(note.until, view)}`;
  for (const id of note.groups) await showSilence(tx, id, () => shownAs(note), line, needs);
  // The same said again takes the place of what was said before; what mutes something else stays.
  const same = showMatchers(note.matchers);
  for (const old of earlier) {
    if (old.cause === note.cause || old.id === note.id || old.source !== note.source || showMatchers(old.matchers) !== same) continue;
    await tx.setTimer({ key: endKey(old.id), kind: "silence.end", dueAt: view.now, body: JSON.stringify({ source: old.source, id: old.id, replaced: true }) });
  }
}

export async function setSilenceTimers(tx: Writes, { cause, from, until }: SilenceNote, now: number): Promise<void> {
  const body = JSON.stringify({ cause });
  const remind = remindAt(from, until);
  if (remind > now) await tx.setTimer({ key: remindKey(cause), kind: "silence.remind", dueAt: remind, body });
  await tx.setTimer({ key: watchKey(cause), kind: "silence.watch", dueAt: Math.min(until, now + watchEveryMs), body });
}

/** It was moved in Alertmanager itself. */
export async function moveSilence(tx: Writes, note: SilenceNote, until: number, needs: RecordNeeds): Promise<void> {
  const view = needs.view();
  const moved = { ...note, until };
  await saveSilenceNote(tx, moved, view.now);
  await setSilenceTimers(tx, moved, view.now);
  const line = `${clockTime(view.now, view)} 🔕 in Alertmanager it ends at ${clockTime(until, view)} now`;
  for (const id of note.groups) await showSilence(tx, id, (now) => (now?.id === note.id ? shownAs(moved) : now), line, needs);
}

/** It is over: nothing is kept, and the messages show it no more, but another one that mutes them. @param why for the threads, without the time */
export async function forgetSilence(tx: Writes, note: SilenceNote, others: readonly SilenceNote[], why: string, needs: RecordNeeds): Promise<void> {
  const view = needs.view();
  for (const key of [watchKey(note.cause), remindKey(note.cause), endKey(note.id)]) await tx.clearTimer(key);
  await tx.deleteNote(silenceNoteKind, note.cause);
  const line = `${clockTime(view.now, view)} 🔔 ${why} after ${duration(view.now - note.from)}`;
  for (const id of note.groups) {
    const other = others.find((each) => each.id !== note.id && each.until > view.now && each.groups.includes(id));
    await showSilence(tx, id, (now) => (now?.id === note.id ? (other === undefined ? undefined : shownAs(other)) : now), line, needs);
  }
}

function shownAs({ id, by, until, reaction }: SilenceNote & { readonly reaction?: EventId | undefined }): GroupSilence {
  return { id, by, until, reaction };
}

/** A group that has ended needs no word of it. */
async function showSilence(
  tx: Writes,
  id: string,
  change: (now: GroupSilence | undefined) => GroupSilence | undefined,
  line: string,
  { living }: RecordNeeds,
): Promise<void> {
  const group: AlertGroup | undefined = await living.load(tx, id);
  if (group === undefined || group.status !== "firing") return;
  const silence = change(group.silence);
  if (JSON.stringify(silence) === JSON.stringify(group.silence)) return;
  await living.show(tx, { ...group, silence }, [], [line]);
}
