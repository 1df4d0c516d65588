/** An encrypted event on its way: read, and then handled as what it says; set aside while its key is missing; refused when it is no honest message. */
import type { Clock } from "../clock.ts";
import type { DeviceId, UserId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import { isVerificationEvent } from "../verification-event.ts";
import type { PendingEvent, Store } from "../store/store.ts";
import type { Trust } from "../trust.ts";
import type { HeardEvent } from "./heard.ts";
import { roleIn, type OpsRooms } from "./rooms.ts";
import { unreadTimer } from "./unread.ts";

/** What an encrypted event holds, as far as it can be told now. */
export type Deciphered =
  | {
      readonly kind: "read";
      readonly type: string;
      readonly content: Readonly<Record<string, unknown>>;
      readonly device: DeviceId | undefined;
      readonly trust: Trust;
      readonly session: string;
      /** Its number in the session; `undefined` when its form is not known. */
      readonly messageIndex: number | undefined;
    }
  /** Its key may still come. */
  | { readonly kind: "no-key"; readonly session: string; readonly withheld: string | undefined }
  /** It never will be read: forged, malformed. */
  | { readonly kind: "refused"; readonly why: string }
  /** Our own keys cannot be used now; that is said elsewhere. */
  | { readonly kind: "unavailable"; readonly session: string };

/** @throws what may heal: it is tried again */
export type Decipher = (event: PendingEvent, signal: AbortSignal) => Promise<Deciphered>;

export interface EncryptedNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly rooms: () => OpsRooms;
  readonly decipher: Decipher;
  /** A timer was set. */
  readonly wakeTimers: () => void;
  /** Comparing emojis, which clients do in whichever room. */
  readonly verification?: VerificationTaker;
}

export interface VerificationTaker {
  readonly mayVerify: (sender: UserId) => boolean;
  /** @throws what may heal */
  readonly take: (heard: HeardEvent, signal: AbortSignal) => Promise<void>;
}

/** What an event that was read is handed to. */
export interface Handling {
  /** Whether it asks anything of us. */
  readonly concerns: (heard: HeardEvent) => boolean;
  readonly handle: (heard: HeardEvent) => Promise<void>;
}

/** Redactions are judged by the homeserver, which it cannot do with an encrypted one. */
const speaks: ReadonlySet<string> = new Set(["m.room.message", "m.reaction"]);

/** @throws what the store and `decipher` throw, to be tried again */
export async function dispatchEncrypted(event: PendingEvent, needs: EncryptedNeeds, { concerns, handle }: Handling, signal: AbortSignal): Promise<void> {
  const { store, clock, log, rooms } = needs;
  const finish = async (): Promise<void> => store.write((tx) => tx.finishEvent(event.eventId));
  const known = rooms().has(event.room);
  if (!known && needs.verification?.mayVerify(event.sender) !== true) {
    await finish();
    return;
  }
  const read = await needs.decipher(event, signal);
  switch (read.kind) {
    case "read": {
      const { type, content, device, trust, session, messageIndex } = read;
      const heard: HeardEvent = { ...event, type, content, origin: { device, trust } };
      if (isVerificationEvent(heard)) {
        await takeVerification(heard, needs, signal);
        return;
      }
      if (!known || !speaks.has(type) || messageIndex === undefined || !concerns(heard)) {
        await finish();
        return;
      }
      const original = await store.write((tx) => tx.claimMessage({ session, index: messageIndex, event: event.eventId }, clock.now()));
      if (original) await handle(heard);
      else {
        log.error({ event: event.eventId, room: event.room, sender: event.sender }, "an encrypted event is refused: it repeats an earlier one");
        await finish();
      }
      return;
    }
    case "no-key":
      await setAside(event, read.session, roleIn(rooms(), event.room, event.sender) !== undefined, needs, signal);
      return;
    case "unavailable":
      await store.write((tx) => tx.awaitKey(event.eventId, read.session));
      return;
    case "refused":
      log.warn({ event: event.eventId, room: event.room, sender: event.sender, why: read.why }, "an encrypted event is refused");
      await finish();
      return;
    default:
      read satisfies never;
  }
}

/** Whoever may not verify us is not heard. @throws what may heal: it is tried again */
export async function takeVerification(
  heard: HeardEvent,
  { store, verification }: Pick<EncryptedNeeds, "store" | "verification">,
  signal: AbortSignal,
): Promise<void> {
  if (verification?.mayVerify(heard.sender) === true) await verification.take(heard, signal);
  await store.write((tx) => tx.finishEvent(heard.eventId));
}

async function setAside(event: PendingEvent, session: string, hasRole: boolean, needs: EncryptedNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock, log, decipher, wakeTimers } = needs;
  const waiting = await store.write(async (tx) => {
    const count = await tx.awaitKey(event.eventId, session);
    if (count === 1) await tx.setTimer(unreadTimer({ room: event.room, session }, clock.now()));
    return count;
  });
  log.info({ event: event.eventId, room: event.room, sender: event.sender, session, waiting, hasRole }, "the key of a message is missing: it waits for it");
  wakeTimers();
  // The key may have come while it was being set aside.
  if ((await decipher(event, signal)).kind === "read") await store.write((tx) => tx.keyCame({ room: event.room, session }));
}
