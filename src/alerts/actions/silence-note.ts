/** What Opsroom remembers of a silence that it made, until it is over. */
import * as z from "zod";
import { isEventId, isRoomId, isUserId, parseEventId, parseRoomId, parseUserId } from "../../ids.ts";
import type { Store, Writes } from "../../store/store.ts";

export const silenceNoteKind = "silence";
/** Silences that are looked through at most. */
const most = 500;

export const userId = z.string().refine(isUserId).transform(parseUserId);
export const roomId = z.string().refine(isRoomId).transform(parseRoomId);
export const eventId = z.string().refine(isEventId).transform(parseEventId);
export const target = z.union([z.object({ key: z.string() }), z.object({ event: eventId })]);
export const matcherShape = z.object({ name: z.string(), op: z.enum(["=", "!=", "=~", "!~"]), value: z.string() });

const shape = z.object({
  /** What asked for it ({@link causeOf}): the note's name. */
  cause: z.string(),
  /** Alertmanager's id. */
  id: z.string(),
  source: z.string(),
  by: userId,
  /** Milliseconds since 1970. */
  from: z.number(),
  until: z.number(),
  matchers: z.array(matcherShape),
  /** Groups whose messages show it. */
  groups: z.array(z.string()),
  /** Where it is spoken of. */
  room: roomId,
  thread: target,
  /** The 🔕 that asked for it. */
  reaction: eventId.optional(),
});
export type SilenceNote = z.infer<typeof shape>;

export async function saveSilenceNote(tx: Writes, note: SilenceNote, now: number): Promise<void> {
  await tx.saveNote({ kind: silenceNoteKind, name: note.cause, updatedAt: now, body: JSON.stringify(note) });
}

/** Within a transaction, or outside. */
export async function readSilenceNote(from: Pick<Writes, "readNote"> | Pick<Store["read"], "note">, cause: string): Promise<SilenceNote | undefined> {
  const note = await ("readNote" in from ? from.readNote(silenceNoteKind, cause) : from.note(silenceNoteKind, cause));
  return note === undefined ? undefined : shape.parse(JSON.parse(note.body));
}

/** Newest first. */
export async function silenceNotes(read: Pick<Store["read"], "notes">): Promise<readonly SilenceNote[]> {
  return (await read.notes(silenceNoteKind, most)).map(({ body }) => shape.parse(JSON.parse(body)));
}
