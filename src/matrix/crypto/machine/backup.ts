/** Room keys kept on the homeserver, encrypted: what was said before can be read after the store is lost. */
import type { Native, OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import { isRoomId, type UserId } from "../../../ids.ts";
import { toOutgoing, type OutgoingRequest } from "./outgoing.ts";

export const backupAlgorithm = "m.megolm_backup.v1.curve25519-aes-sha2";

/** Body for `POST /_matrix/client/v3/room_keys/version`, and the private key that goes into secret storage (`m.megolm_backup.v1`), base64. */
export interface NewBackup {
  readonly algorithm: typeof backupAlgorithm;
  readonly auth_data: { readonly public_key: string; readonly signatures: Readonly<Record<string, Readonly<Record<string, string>>>> };
  readonly privateKey: string;
}

const signatures = z.record(z.string(), z.record(z.string(), z.string()));
const sessionData = z.object({ ephemeral: z.string(), mac: z.string(), ciphertext: z.string() });
const keysAnswer = z.object({ rooms: z.record(z.string(), z.object({ sessions: z.record(z.string(), z.object({ session_data: sessionData })) })) });

export class Backup {
  readonly #open: OpenMachine;
  readonly #user: UserId;

  constructor(open: OpenMachine, user: UserId) {
    this.#open = open;
    this.#user = user;
  }

  /** Makes a key, and signs its public half with this device and the account's identity. Keeps nothing: {@link enable} does, once the server has it. */
  async create(): Promise<NewBackup> {
    const { wasm, run } = this.#open;
    const key = wasm.BackupDecryptionKey.createRandomKey();
    const public_key = key.megolmV1PublicKey.publicKeyBase64;
    const signed = await run((machine) => machine.sign(JSON.stringify({ public_key })));
    const own = signatures.parse(JSON.parse(signed.asJSON()))[this.#user] ?? {};
    return { algorithm: backupAlgorithm, auth_data: { public_key, signatures: { [this.#user]: own } }, privateKey: key.toBase64() };
  }

  /** Backs up to this version from now on, also after a restart. All keys that are here count as not backed up yet. @throws Error for a key that is none */
  async enable(privateKey: string, version: string): Promise<void> {
    const { wasm, run } = this.#open;
    const key = wasm.BackupDecryptionKey.fromBase64(privateKey);
    await run(async (machine) => {
      await machine.saveBackupDecryptionKey(key, version);
      await machine.enableBackupV1(key.megolmV1PublicKey.publicKeyBase64, version);
    });
  }

  /** Forgets key and version. The homeserver's copy stays. */
  async disable(): Promise<void> {
    await this.#open.run((machine) => machine.disableBackup());
  }

  async state(): Promise<{ readonly version: string | undefined; readonly backedUp: number; readonly total: number }> {
    return this.#open.run(async (machine) => {
      const { backedUp, total } = await machine.roomKeyCounts();
      const { backupVersion } = await machine.getBackupKeys();
      return { version: (await machine.isBackupEnabled()) ? backupVersion : undefined, backedUp, total };
    });
  }

  /** Whether the private key that is kept is that of the backup on the server, by its public key. */
  async isOurs(publicKey: string): Promise<boolean> {
    const keys = await this.#open.run((machine) => machine.getBackupKeys());
    return keys.decryptionKey?.megolmV1PublicKey.publicKeyBase64 === publicKey;
  }

  /** The next lot of keys to be backed up; `undefined` when all are. Mark it as sent, and ask again. An answer of `M_WRONG_ROOM_KEYS_VERSION` ends it. */
  async next(): Promise<OutgoingRequest | undefined> {
    const { wasm, run } = this.#open;
    const request = await run((machine) => machine.backupRoomKeys());
    return request === undefined ? undefined : toOutgoing(wasm, request);
  }

  /**
   * Takes keys from the homeserver (`GET /_matrix/client/v3/room_keys/keys`). What is decrypted with them has the trust `not-authentic`.
   * @returns how many there were and how many were taken; the rest cannot be read, or is no better than what is here
   */
  async restore(privateKey: string, version: string, answer: unknown): Promise<{ readonly imported: number; readonly total: number }> {
    const { wasm, run } = this.#open;
    const key = wasm.BackupDecryptionKey.fromBase64(privateKey);
    const { rooms } = keysAnswer.parse(answer);
    let total = 0;
    const keys = new Map<Native.RoomId, Map<string, unknown>>();
    for (const [room, { sessions }] of Object.entries(rooms)) {
      total += Object.keys(sessions).length;
      if (!isRoomId(room)) continue;
      const readable = Object.entries(sessions).flatMap(([session, { session_data }]) => {
        const content = decryptSession(key, session_data);
        return content === undefined ? [] : [[session, content] as const];
      });
      keys.set(new wasm.RoomId(room), new Map(readable));
    }
    const { importedCount } = await run((machine) => machine.importBackedUpRoomKeys(keys, () => undefined, version));
    return { imported: importedCount, total };
  }
}

function decryptSession(key: Native.BackupDecryptionKey, { ephemeral, mac, ciphertext }: z.infer<typeof sessionData>): unknown {
  try {
    const content: unknown = JSON.parse(key.decryptV1(ephemeral, mac, ciphertext));
    return content;
  } catch {
    return undefined; // made for another key, or damaged
  }
}
