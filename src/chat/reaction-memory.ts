/** Who reacted how to what, by room and the event that did it: a redaction names only that. Old ones go with the messages (retention). */
import * as z from "zod";
import { isEventId, isRoomId, isUserId, type EventId, type RoomId } from "../ids.ts";
import type { Reads, Writes } from "../store/store.ts";
import type { Reaction } from "./reactions.ts";

/** Kind of the notes; retention knows it too. */
export const reactionKind = "reaction";

const shape = z.union([
  z.object({
    event: z.string().refine(isEventId),
    room: z.string().refine(isRoomId),
    by: z.string().refine(isUserId),
    emoji: z.string(),
    key: z.string(),
    at: z.number(),
  }),
  z.object({ takenBack: z.literal(true) }),
]);

/** By room as well: what is said of an event in another room than its own must not stand in its place. */
function nameOf(event: EventId, room: RoomId): string {
  return `${room} ${event}`;
}

export async function remember(tx: Pick<Writes, "saveNote">, reaction: Reaction, now: number): Promise<void> {
  await tx.saveNote({ kind: reactionKind, name: nameOf(reaction.event, reaction.room), updatedAt: now, body: JSON.stringify(reaction) });
}

/** That it was taken back is remembered as well, whatever it was: it may be read back from a picture of the room that was made before. */
export async function rememberTakenBack(tx: Pick<Writes, "saveNote">, event: EventId, room: RoomId, now: number): Promise<void> {
  await tx.saveNote({ kind: reactionKind, name: nameOf(event, room), updatedAt: now, body: JSON.stringify({ takenBack: true }) });
}

/** What is known of `event` in `room`. @throws Error for a note that Opsroom has not written */
export async function recall(tx: Pick<Writes, "readNote">, event: EventId, room: RoomId): Promise<Reaction | "taken back" | undefined> {
  const note = await tx.readNote(reactionKind, nameOf(event, room));
  if (note === undefined) return undefined;
  const known = shape.parse(JSON.parse(note.body));
  return "takenBack" in known ? "taken back" : known;
}

const page = 500;
const mostPages = 20;

/**
 * What is taken back by redactions of `room` that are here and were not handled yet: nothing of it counts any more.
 * Asked within a write it misses none, since accepting an event waits for that.
 */
export async function beingTakenBack(read: Pick<Reads, "pendingEvents">, room: RoomId): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let after = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const events = await read.pendingEvents(page, after);
    for (const { type, room: where, content } of events) {
      if (type === "m.room.redaction" && where === room && typeof content["redacts"] === "string") found.add(content["redacts"]);
    }
    if (events.length < page) break;
    after = events.at(-1)?.seq ?? after;
  }
  return found;
}
