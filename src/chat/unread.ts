/** What becomes of messages whose key never comes: whoever wrote them is told, once for a session and rarely. */
import * as z from "zod";
import type { Clock } from "../clock.ts";
import { isRoomId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { DueTimer, Timer } from "../store/alert-store.ts";
import type { SessionPlace } from "../store/encryption-store.ts";
import type { PendingEvent, Store } from "../store/store.ts";
import type { Decipher } from "./dispatch-encrypted.ts";
import { answerMessages } from "./answer.ts";
import { roleIn, type OpsRooms } from "./rooms.ts";
import type { StrangerBudget } from "./strangers.ts";

export interface UnreadNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly rooms: () => OpsRooms;
  readonly decipher: Decipher;
  /** How often one is told. */
  readonly budget: StrangerBudget;
  readonly wakeSender: () => void;
  /** Something is pending again. */
  readonly wakeWorker: () => void;
}

/** Long enough for a phone that lost its network, short enough for somebody who waits for an answer. */
const patienceMs = 300_000;
const atOnce = 200;
const kind = "encryption.unread";
const body = z.object({ room: z.string().refine(isRoomId), session: z.string() });

export function unreadTimer(place: SessionPlace, now: number): Timer {
  return { key: `unread/${place.room}/${place.session}`.slice(0, 400), kind, dueAt: now + patienceMs, body: JSON.stringify(place) };
}

/** Handlers of the timers that {@link unreadTimer} makes. */
export function unreadHandlers(needs: UnreadNeeds): Readonly<Record<string, (timer: DueTimer, signal: AbortSignal) => Promise<void>>> {
  return { [kind]: (timer, signal) => giveUp(timer, needs, signal) };
}

async function giveUp(timer: DueTimer, needs: UnreadNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, decipher, log, rooms, budget } = needs;
  const place = body.parse(JSON.parse(timer.body));
  const events = await store.read.waitingForKey(place, atOnce);
  const first = events[0];
  const read = first === undefined ? undefined : await decipher(first, signal);
  // Not a matter of the sender's: it waits until our own keys are there.
  if (read?.kind === "unavailable") {
    await store.write((tx) => tx.setTimer({ ...timer, dueAt: clock.now() + patienceMs }));
    return;
  }
  if (first === undefined || read === undefined || read.kind !== "no-key") {
    await store.write(async (tx) => {
      await tx.keyCame(place);
      await tx.clearTimer(timer.key);
    });
    needs.wakeWorker();
    return;
  }
  const told = roleIn(rooms(), first.room, first.sender) !== undefined && budget.take(first.sender, clock.now());
  log.warn({ ...place, sender: first.sender, messages: events.length, withheld: read.withheld, told }, "messages could not be read: their key did not come");
  await store.write(async (tx) => {
    if (told) for (const message of apology(first, events.length, read.withheld)) await tx.enqueue(message, clock.now());
    for (const { eventId } of events) await tx.finishEvent(eventId);
    if (events.length < atOnce) await tx.clearTimer(timer.key);
  });
  needs.wakeSender();
}

function apology(event: PendingEvent, count: number, withheld: string | undefined): ReturnType<typeof answerMessages> {
  const what = count === 1 ? "your message" : `${count} of your messages`;
  const reason = withheld === undefined ? "" : ` It says why: ${withheld.slice(0, 120)}.`;
  const text = `🔑 I could not read ${what}: your client has not shared its key with this device.${reason} Nothing was done. If it was a command, type it again; if that does not help, verify me, or log in to your session anew.`;
  return answerMessages(event, { room: [{ text }] }, "first");
}
