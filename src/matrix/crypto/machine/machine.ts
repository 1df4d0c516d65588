/** One device's end-to-end encryption. */
import type { Native, OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import type { DeviceId, RoomId, UserId } from "../../../ids.ts";
import { Backup } from "./backup.ts";
import { readDecrypted, readEncrypted, readFailure, type Decryption } from "./decryption.ts";
import { devicesOf, type KnownDevice } from "./devices.ts";
import { messageIndex } from "./message-index.ts";
import { Identity } from "./identity.ts";
import { requestType, toOutgoing, type OutgoingRequest } from "./outgoing.ts";
import { toWasmSettings, type RoomEncryption } from "./room-encryption.ts";
import { RoomKeys } from "./room-keys.ts";
import { readSyncResult, type SyncChanges, type SyncResult } from "./sync-result.ts";
import { Verifications } from "./verifications.ts";

/** What has to be sent and marked as sent before the message can be encrypted, or the message. */
export type EncryptStep =
  | { readonly kind: "send-first"; readonly requests: readonly OutgoingRequest[] }
  | {
      readonly kind: "encrypted";
      /** Of an `m.room.encrypted` event; the relation still has to be put beside the ciphertext (`m.relates_to`). */
      readonly content: Readonly<Record<string, unknown>>;
      readonly session: string;
      readonly messageIndex: number | undefined;
    };

const encryptedContent = z.looseObject({ session_id: z.string(), ciphertext: z.string() });

/**
 * A device's keys and sessions: what to send to the homeserver for them, and encrypting and decrypting. It makes no call itself.
 *
 * **Order and crashes.** Calls are done one at a time, in the order of asking. When one settles, all that it changed is on disk, in one transaction:
 * a process killed at any moment finds the keys either as before a call or as after it. So
 * - give each `/sync` answer to {@link receiveSync} *before* its token is stored: it may be given again, it must not be left out;
 * - store what {@link encrypt} answers, with its transaction id, before it is sent; a retry sends the same ciphertext;
 * - send the same `OutgoingRequest` again until it is answered, then give the answer to {@link markSent}. Requests survive a restart:
 *   {@link outgoing} and {@link encrypt} name them again, under the same ids.
 *
 * **After each sync, and after a start**: send what {@link outgoing} lists (keys, queries, replies to other devices).
 *
 * **To send** to a room, under a lock per room: call {@link encrypt}; while it answers `send-first`, send those requests, mark them, and call it again.
 *
 * **Errors.** A `CryptoStoreError` with `fault: "unusable"` says that a write failed: nothing of this machine may be used any more, close it and open it
 * again. Nothing else that goes wrong leaves it in a worse state than before.
 */
export class CryptoMachine implements AsyncDisposable {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Public keys of this device, base64. */
  readonly keys: { readonly ed25519: string; readonly curve25519: string };
  readonly identity: Identity;
  readonly backup: Backup;
  readonly verifications: Verifications;
  readonly roomKeys: RoomKeys;
  readonly #open: OpenMachine;

  constructor(open: OpenMachine, user: UserId, device: DeviceId) {
    this.#open = open;
    this.user = user;
    this.device = device;
    const { ed25519, curve25519 } = open.machine.identityKeys;
    this.keys = { ed25519: ed25519.toBase64(), curve25519: curve25519.toBase64() };
    this.identity = new Identity(open, user, device, this.keys.ed25519);
    this.backup = new Backup(open, user);
    this.verifications = new Verifications(open);
    this.roomKeys = new RoomKeys(open);
  }

  /** @throws CryptoStoreError */
  async receiveSync(changes: SyncChanges): Promise<SyncResult> {
    const { wasm, run } = this.#open;
    const lists = new wasm.DeviceLists(this.#users(changes.changed), this.#users(changes.left));
    const events = JSON.stringify(changes.toDevice);
    const fallback = changes.unusedFallbackKeys === undefined ? undefined : new Set(changes.unusedFallbackKeys);
    const settings = new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted);
    const processed = await run((machine) =>
      changes.oneTimeKeys === undefined
        ? machine.receiveSyncChangesMsc4186(events, lists, new Map(), fallback, settings)
        : machine.receiveSyncChanges(events, lists, new Map(Object.entries(changes.oneTimeKeys)), fallback, settings),
    );
    return readSyncResult(wasm, processed);
  }

  /** All that is to be sent, except what only {@link encrypt} asks for. */
  async outgoing(): Promise<readonly OutgoingRequest[]> {
    const { wasm, run } = this.#open;
    const requests = await run((machine) => machine.outgoingRequests());
    return requests.map((request) => toOutgoing(wasm, request));
  }

  /** @param answer the homeserver's answer, parsed from JSON. @throws Error when the machine cannot read it */
  async markSent(request: OutgoingRequest, answer: unknown): Promise<void> {
    const type = requestType(this.#open.wasm, request.kind);
    const { id } = request;
    if (type === undefined || id === undefined) return;
    await this.#open.run((machine) => machine.markRequestAsSent(id, type, JSON.stringify(answer)));
  }

  /** Follows the devices of these users: of all members of encrypted rooms, from when they join. Their keys are queried by {@link outgoing}. */
  async trackUsers(users: readonly UserId[]): Promise<void> {
    await this.#open.run((machine) => machine.updateTrackedUsers(this.#users(users)));
  }

  async trackedUsers(): Promise<readonly string[]> {
    const users = await this.#open.run((machine) => machine.trackedUsers());
    return [...users].map((user) => user.toString());
  }

  /** Every tracked user's keys are queried again: after the homeserver was restored from a backup, say. */
  async distrustDeviceLists(): Promise<void> {
    await this.#open.run((machine) => machine.markAllTrackedUsersAsDirty());
  }

  /**
   * Encrypts, or says what has to be sent first: queries of the readers' keys, claims of one-time keys, the session's key for each of their devices.
   * All in one step, so no message is ever encrypted with a key that its readers were not given, or with one that is worn out.
   */
  async encrypt(encryption: RoomEncryption, type: string, content: Readonly<Record<string, unknown>>): Promise<EncryptStep> {
    const { wasm, run } = this.#open;
    return run(async (machine): Promise<EncryptStep> => {
      const first = await this.#beforeSending(machine, encryption);
      if (first.length > 0) return { kind: "send-first", requests: first };
      const json = await machine.encryptRoomEvent(new wasm.RoomId(encryption.room), type, JSON.stringify(content));
      const encrypted = encryptedContent.parse(JSON.parse(json));
      return { kind: "encrypted", content: encrypted, session: encrypted.session_id, messageIndex: messageIndex(encrypted.ciphertext) };
    });
  }

  /** The first half of {@link encrypt}, ahead of time: an empty list says that the next message needs nothing sent first. */
  async prepare(encryption: RoomEncryption): Promise<readonly OutgoingRequest[]> {
    return this.#open.run((machine) => this.#beforeSending(machine, encryption));
  }

  /** The next message begins a new session. @returns whether there was one */
  async discardRoomKey(room: RoomId): Promise<boolean> {
    const { wasm, run } = this.#open;
    return run((machine) => machine.invalidateGroupSession(new wasm.RoomId(room)));
  }

  /**
   * Decrypts an event of a room's timeline, whatever it is. Never throws for what the event is.
   * @throws CryptoStoreError
   */
  async decrypt(event: unknown, room: RoomId): Promise<Decryption> {
    const { wasm, run } = this.#open;
    const encrypted = readEncrypted(event);
    if ("kind" in encrypted) return encrypted;
    try {
      const settings = new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted);
      const decrypted = await run((machine) => machine.decryptRoomEvent(JSON.stringify(event), new wasm.RoomId(room), settings));
      return readDecrypted(wasm, encrypted, decrypted);
    } catch (error) {
      return readFailure(wasm, encrypted, error);
    }
  }

  /** What is known of a user's devices; empty when nothing is, which may be because nobody asked yet ({@link trackUsers}). */
  async devicesOf(user: UserId): Promise<readonly KnownDevice[]> {
    return devicesOf(this.#open, user);
  }

  /** Waits for the calls that were asked for, and gives the store's lock back. */
  async close(): Promise<void> {
    await this.#open.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #beforeSending(machine: OpenMachine["machine"], encryption: RoomEncryption): Promise<readonly OutgoingRequest[]> {
    const { wasm } = this.#open;
    const { readers, room } = encryption;
    await machine.updateTrackedUsers(this.#users(readers));
    // Asking for missing sessions before these are answered would wait for them, and nobody could send them meanwhile.
    const queries = (await machine.outgoingRequests()).filter((request) => request instanceof wasm.KeysQueryRequest);
    if (queries.length > 0) return queries.map((request) => toOutgoing(wasm, request));
    const claim = await machine.getMissingSessions(this.#users(readers));
    if (claim !== null && claim !== undefined) return [toOutgoing(wasm, claim)];
    const shares = await machine.shareRoomKey(new wasm.RoomId(room), this.#users(readers), toWasmSettings(wasm, encryption));
    return shares.map((request) => toOutgoing(wasm, request));
  }

  #users(users: readonly UserId[]): Native.UserId[] {
    return users.map((user) => new this.#open.wasm.UserId(user));
  }
}
