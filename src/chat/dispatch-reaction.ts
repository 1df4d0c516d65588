/** A reaction to one of Opsroom's messages, or a redaction of either, on its way to whoever looks after the message. */
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { isEventId, isRoomId, isUserId, type EventId, type UserId } from "../ids.ts";
import type { PendingEvent, Store, Writes } from "../store/store.ts";
import { plainEmoji } from "./emoji.ts";
import type { Reaction, ReactionTaker } from "./reactions.ts";
import { roleIn, type OpsRooms } from "./rooms.ts";

export interface ReactionNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Pick<Clock, "now">;
  readonly rooms: () => OpsRooms;
  readonly takers: readonly ReactionTaker[];
  /** Older ones do nothing: whoever reacted has seen that nothing came of it. */
  readonly maxAgeMs: () => number;
  readonly wakeSender: () => void;
}

/** Kind of the notes that remember who reacted how to what, by the reaction's event: a redaction names only that. */
export const reactionKind = "reaction";

const annotation = z.object({
  "m.relates_to": z.object({ rel_type: z.literal("m.annotation"), event_id: z.string().refine(isEventId), key: z.string().min(1).max(200) }),
});
const redaction = z.object({ redacts: z.string().refine(isEventId) });
const remembered = z.object({
  event: z.string().refine(isEventId),
  room: z.string().refine(isRoomId),
  by: z.string().refine(isUserId),
  emoji: z.string(),
  key: z.string(),
  at: z.number(),
});

/** Whether an event can be a reaction or a redaction that concerns us; the sync loop keeps these beside commands. */
export function mayBeReaction({ type, content }: Pick<PendingEvent, "type" | "content">): boolean {
  if (type === "m.reaction") return annotation.safeParse(content).success;
  return type === "m.room.redaction" && redaction.safeParse(content).success;
}

/** Handles one event once: what is taken is committed together with “handled”. @throws what the store throws */
export async function dispatchReaction(event: PendingEvent, needs: ReactionNeeds): Promise<void> {
  const { store } = needs;
  const reaction = event.type === "m.reaction" ? await reactionOf(event, needs) : undefined;
  const redacted = event.type === "m.room.redaction" ? redaction.safeParse(event.content).data?.redacts : undefined;
  await store.write(async (tx) => {
    if (reaction !== undefined) await take(tx, event, reaction, needs);
    if (redacted !== undefined) await takeBack(tx, event, redacted, needs);
    await tx.finishEvent(event.eventId);
  });
  needs.wakeSender();
}

/** `undefined` for what does not concern us: another room, a stranger, too long ago, not a message of ours. */
async function reactionOf(event: PendingEvent, { store, clock, rooms, maxAgeMs }: ReactionNeeds): Promise<Reaction | undefined> {
  const relation = annotation.safeParse(event.content).data?.["m.relates_to"];
  if (relation === undefined || roleIn(rooms(), event.room, event.sender) === undefined) return undefined;
  if (clock.now() - event.sentAt > maxAgeMs()) return undefined;
  const message = await store.read.outboxByEvent(relation.event_id);
  if (message === undefined || message.room !== event.room) return undefined;
  return { event: event.eventId, room: event.room, by: event.sender, emoji: plainEmoji(relation.key), key: message.key, at: event.sentAt };
}

async function take(tx: Writes, event: PendingEvent, reaction: Reaction, { rooms, takers, clock }: ReactionNeeds): Promise<void> {
  const role = roleIn(rooms(), event.room, event.sender);
  const taker = takerOf(reaction.key, takers);
  if (role === undefined || taker === undefined) return;
  const audit = await taker.reacted(tx, reaction, role);
  if (audit !== undefined) await tx.appendAudit(audit);
  await remember(tx, reaction, clock.now());
}

/** So that its being taken back is understood. */
export async function remember(tx: Pick<Writes, "saveNote">, reaction: Reaction, now: number): Promise<void> {
  await tx.saveNote({ kind: reactionKind, name: reaction.event, updatedAt: now, body: JSON.stringify(reaction) });
}

/** Whoever may redact in the room may take a reaction back, or a message away; the homeserver has judged that. */
async function takeBack(tx: Writes, event: PendingEvent, redacted: EventId, { store, takers }: ReactionNeeds): Promise<void> {
  const note = await tx.readNote(reactionKind, redacted);
  if (note !== undefined) {
    await tx.deleteNote(reactionKind, redacted);
    const reaction = remembered.parse(JSON.parse(note.body));
    const by: UserId = event.sender;
    const audit = reaction.room === event.room ? await takerOf(reaction.key, takers)?.unreacted(tx, reaction, by) : undefined;
    if (audit !== undefined) await tx.appendAudit(audit);
    return;
  }
  const message = await store.read.outboxByEvent(redacted);
  if (message?.room === event.room) await takerOf(message.key, takers)?.removed(tx, message.key, event.room);
}

function takerOf(key: string, takers: readonly ReactionTaker[]): ReactionTaker | undefined {
  return takers.find((each) => key.startsWith(each.prefix));
}
