/** A reaction to one of Opsroom's messages, or a redaction of either, on its way to whoever looks after the message. */
import * as z from "zod";
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import { isEventId, type EventId, type RoomId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { AcceptFrom } from "../trust.ts";
import type { OutboxRow, PendingEvent, Store, Writes } from "../store/store.ts";
import { plainEmoji } from "./emoji.ts";
import { beingTakenBack, recall, remember, rememberTakenBack } from "./reaction-memory.ts";
import { distrustOf } from "./distrust.ts";
import type { HeardEvent } from "./heard.ts";
import type { Reaction, ReactionTaker } from "./reactions.ts";
import { roleIn, type OpsRooms } from "./rooms.ts";

export interface ReactionNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly rooms: () => OpsRooms;
  readonly takers: readonly ReactionTaker[];
  /** Older ones do nothing: whoever reacted has seen that nothing came of it. Open questions are read back on their own, up to their deadline. */
  readonly maxAgeMs: () => number;
  /** From which devices encrypted ones are taken. Clients send them in clear everywhere, and then only the homeserver says whose they are. */
  readonly accept: AcceptFrom;
  readonly wakeSender: () => void;
}

/** After this many failures an event is let go: it must not hold up its room for ever. */
const mostAttempts = 10;

const annotation = z.object({
  "m.relates_to": z.object({ rel_type: z.literal("m.annotation"), event_id: z.string().refine(isEventId), key: z.string().min(1).max(200) }),
});
const redaction = z.object({ redacts: z.string().refine(isEventId) });

/** Whether an event can be a reaction or a redaction that concerns us; the sync loop keeps these beside commands. */
export function mayBeReaction({ type, content }: Pick<PendingEvent, "type" | "content">): boolean {
  if (type === "m.reaction") return annotation.safeParse(content).success;
  return type === "m.room.redaction" && redaction.safeParse(content).success;
}

/** Handles one event once: what is taken is committed together with “handled”. @throws what the store throws, to be tried again */
export async function dispatchReaction(event: HeardEvent, needs: ReactionNeeds): Promise<void> {
  const { store, log } = needs;
  if (event.attempts >= mostAttempts) {
    log.error({ event: event.eventId, type: event.type, attempts: event.attempts }, "a reaction or redaction failed again and again: it is let go");
    await store.write((tx) => tx.finishEvent(event.eventId));
    return;
  }
  try {
    await store.write(async (tx) => {
      if (event.type === "m.reaction") await take(tx, event, needs);
      if (event.type === "m.room.redaction") await takeBack(tx, event, needs);
      await tx.finishEvent(event.eventId);
    });
  } catch (error) {
    // What heals by itself (a full outbox, a database that is away) is waited for; a fault is not waited for for ever.
    if (!(error instanceof OpsroomError)) await store.write((tx) => tx.beginEvent(event.eventId));
    throw error;
  }
  needs.wakeSender();
}

async function take(tx: Writes, event: HeardEvent, { store, rooms, takers, clock, maxAgeMs, accept }: ReactionNeeds): Promise<void> {
  const { eventId, room, sender, sentAt } = event;
  const relation = annotation.safeParse(event.content).data?.["m.relates_to"];
  const role = roleIn(rooms(), room, sender);
  if (relation === undefined || role === undefined || clock.now() - sentAt > maxAgeMs()) return;
  if (distrustOf(event, false, accept) !== undefined) return;
  const message = await ownMessage(store, relation.event_id, room);
  const taker = message === undefined ? undefined : takerOf(message.key, takers);
  if (message === undefined || taker === undefined) return;
  if ((await recall(tx, eventId, room)) === "taken back" || (await beingTakenBack(store.read, room)).has(eventId)) return;
  const reaction: Reaction = { event: eventId, room, by: sender, emoji: plainEmoji(relation.key), key: message.key, at: sentAt };
  // First, so that the taker sees what it will be asked to take back.
  await remember(tx, reaction, clock.now());
  const audit = await taker.reacted(tx, reaction, role);
  if (audit !== undefined) await tx.appendAudit(audit);
}

/** Whoever may redact in the room may take a reaction back, or a message away; the homeserver has judged that. Other rooms have no say in it. */
async function takeBack(tx: Writes, event: PendingEvent, { store, rooms, takers, clock }: ReactionNeeds): Promise<void> {
  const redacted = redaction.safeParse(event.content).data?.redacts;
  if (redacted === undefined || !rooms().has(event.room)) return;
  const known = await recall(tx, redacted, event.room);
  if (known === "taken back") return;
  const message = known === undefined ? await ownMessage(store, redacted, event.room) : undefined;
  if (message !== undefined) {
    await takerOf(message.key, takers)?.removed(tx, message.key, event.room, event.sender);
    return;
  }
  await rememberTakenBack(tx, redacted, event.room, clock.now());
  const audit = known === undefined ? undefined : await takerOf(known.key, takers)?.unreacted(tx, known, event.sender);
  if (audit !== undefined) await tx.appendAudit(audit);
}

/** A message of ours in that room; what edits it, or is itself a reaction, is none. */
async function ownMessage({ read }: Pick<Store, "read">, event: EventId, room: RoomId): Promise<OutboxRow | undefined> {
  const row = await read.outboxByEvent(event);
  const kind = row?.relation?.kind;
  return row?.room !== room || kind === "edit" || kind === "reaction" || kind === "redaction" ? undefined : row;
}

function takerOf(key: string, takers: readonly ReactionTaker[]): ReactionTaker | undefined {
  return takers.find((each) => key.startsWith(each.prefix));
}
