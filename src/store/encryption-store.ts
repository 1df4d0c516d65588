/** What the store keeps for encrypted rooms. Part of {@link Store}. The keys themselves are elsewhere, in a folder of their own. */
import type { DeviceId, EventId, RoomId, UserId } from "../ids.ts";
import type { PendingEvent } from "./store.ts";

/** A room that is encrypted, and stays so whatever anybody says later. */
export interface EncryptedRoom {
  readonly room: RoomId;
  /** `m.megolm.v1.aes-sha2`; any other cannot be spoken. */
  readonly algorithm: string;
  /** How soon its key is changed, where the room says. */
  readonly rotateAfterMs: number | undefined;
  readonly rotateAfterMessages: number | undefined;
}

/** The device whose keys were used with this database. */
export interface CryptoDevice {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Its public key, base64. */
  readonly ed25519: string;
}

/** A session's place: what waits for its key. */
export interface SessionPlace {
  readonly room: RoomId;
  readonly session: string;
}

export interface EncryptionReads {
  readonly encryptedRooms: () => Promise<readonly EncryptedRoom[]>;
  readonly encryptedRoom: (room: RoomId) => Promise<EncryptedRoom | undefined>;
  readonly cryptoDevice: () => Promise<CryptoDevice | undefined>;
  /** Unfinished events that wait for the key of a session, oldest first. */
  readonly waitingForKey: (place: SessionPlace, limit: number) => Promise<readonly PendingEvent[]>;
}

export interface EncryptionWrites {
  /** A room once here is never taken out again; said anew, its rotation changes. */
  readonly saveEncryptedRoom: (room: EncryptedRoom, now: number) => Promise<void>;
  readonly saveCryptoDevice: (device: CryptoDevice) => Promise<void>;
  readonly forgetCryptoDevice: () => Promise<void>;
  /** Sets an event aside until the key of its session comes. @returns how many wait for that session now */
  readonly awaitKey: (event: EventId, session: string) => Promise<number>;
  /** What waits for this session, or for any, is pending again. @returns how many */
  readonly keyCame: (place: SessionPlace | "any") => Promise<number>;
  /**
   * Claims a message of a session for the event that carried it.
   * @returns `false` when another event carried the same: it is a copy that somebody made
   */
  readonly claimMessage: (message: { readonly session: string; readonly index: number; readonly event: EventId }, now: number) => Promise<boolean>;
}
