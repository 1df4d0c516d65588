/**
 * Encrypted rooms, put together: which they are, who reads them, this device's keys. Nothing is opened before a room needs it.
 * Fails closed: as long as something is not known, nothing is encrypted and nothing is said.
 */
import type { Clock } from "../../../clock.ts";
import { OpsroomError } from "../../../errors.ts";
import type { RoomId, UserId } from "../../../ids.ts";
import type { Log } from "../../../observe/log.ts";
import type { PendingEvent, Store } from "../../../store/store.ts";
import type { AcceptFrom } from "../../../trust.ts";
import { wakeable } from "../../../wakeable.ts";
import type { MatrixApi } from "../../api.ts";
import { backOffMs } from "../../backoff.ts";
import { MatrixFailure } from "../../failure.ts";
import type { Envelopes } from "../../outbox/envelopes.ts";
import type { SyncAnswer } from "../../sync/answer.ts";
import type { Decryption } from "../machine/decryption.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import type { SyncResult } from "../machine/sync-result.ts";
import { createAttendant, type Attendant } from "./attend.ts";
import { createDecipher } from "./decipher.ts";
import { encryptEvent, unknownAlgorithm } from "./encrypt-event.ts";
import { createKeeper, type Keeper, type KeeperNeeds, type Standing } from "./keeper.ts";
import { createReaders } from "./readers.ts";
import { roomLocks, type InRoom } from "./room-locks.ts";
import { createRoomStates, megolm } from "./room-states.ts";
import { sendRequest } from "./send-request.ts";

export interface CryptoPartNeeds extends Omit<KeeperNeeds, "clock" | "onOpened"> {
  readonly api: Pick<MatrixApi, "request" | "send" | "state" | "members">;
  readonly store: Pick<Store, "read" | "write">;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** From which devices commands are taken. */
  readonly accept: AcceptFrom;
  /** Whether the configuration demands that a room is encrypted; `undefined` as long as it is not known which room that is. */
  readonly mustBeEncrypted: (room: RoomId) => boolean | undefined;
  /** What waited for a key is pending again. */
  readonly onKeys: () => void;
  /** Once after each opening, when the homeserver has this device's keys; tried again when it throws. */
  readonly onReady?: (machine: CryptoMachine, part: CryptoPart, signal: AbortSignal) => Promise<void>;
  /** Verifications that a sync told of. */
  readonly onVerifications?: (verifications: SyncResult["verifications"], machine: CryptoMachine, part: CryptoPart) => void;
}

export interface CryptoPart extends AsyncDisposable {
  readonly account: UserId;
  readonly standing: () => Standing;
  /** Whether the homeserver has this device's keys, and its identity was looked after: from then on others can write to it, and read it. */
  readonly isReady: () => boolean;
  /** Opens the keys when they are not. @throws OpsroomError */
  readonly open: () => Promise<CryptoMachine>;
  /** Sends one request, tells the machine, and gives the answer. @throws MatrixFailure, OpsroomError */
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
  /** One at a time in a room: around whatever encrypts for it. */
  readonly inRoom: InRoom;
  /** The machine may have something to be sent. */
  readonly wake: () => void;
  /** Keys came by another way than a sync: what waits is tried again. */
  readonly keysCame: () => Promise<void>;
  readonly envelopes: Envelopes;
  /** @throws OpsroomError, MatrixFailure */
  readonly decipher: (event: PendingEvent, signal: AbortSignal) => Promise<Decryption>;
  /** Whether a room is known to be encrypted, or has to be. */
  readonly isEncrypted: (room: RoomId) => Promise<boolean>;
  /** An answer of `/sync`, before its token is stored. @param anew it is not a continuation of what came before @throws OpsroomError when it has to be given again */
  readonly receive: (answer: SyncAnswer, anew: boolean) => Promise<void>;
  /** One round of what {@link run} does. @throws MatrixFailure, OpsroomError: to be tried again */
  readonly attend: (signal: AbortSignal) => Promise<void>;
  /** Sends what the machine wants sent, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** What the homeserver knows of devices is asked for again, and every room gets a new key. Does nothing while no room is encrypted. @throws OpsroomError */
  readonly beginAnew: () => Promise<void>;
}

const lookEveryMs = 30_000;
export function createCryptoPart(needs: CryptoPartNeeds): CryptoPart {
  const { api, store, account, clock, random, log, accept, mustBeEncrypted, onKeys } = needs;
  const bell = wakeable(clock);
  const inRoom = roomLocks();
  const states = createRoomStates(api, store, clock);
  const readers = createReaders(api, clock);
  const keeper: Keeper = createKeeper({ ...needs, onOpened: () => attendant.opened() });
  const send: CryptoPart["send"] = (request, signal) =>
    sendRequest(request, { api, keeper, encrypt: ({ room, type, content }, stop) => encrypt(room, type, content, stop) }, signal);
  const keysCame: CryptoPart["keysCame"] = async () => {
    if ((await store.write((tx) => tx.keyCame("any"))) > 0) onKeys();
  };
  const attendant: Attendant = createAttendant({
    store,
    keeper,
    readers,
    send,
    clock,
    log,
    keysCame,
    wake: bell.wake,
    onReady: async (machine, signal) => await needs.onReady?.(machine, part, signal),
  });
  const encrypt: Envelopes["encrypt"] = async (room, type, content, signal) => {
    const known = await states.of(room, signal);
    if (known === "clear") throw new Error(`${room} is not encrypted`);
    await attendant.untilReady(signal);
    return await inRoom(room, () => encryptEvent(known, type, content, { account, keeper, readers, send }, signal));
  };
  const isEncrypted: CryptoPart["isEncrypted"] = async (room) => (mustBeEncrypted(room) ?? true) || (await store.read.encryptedRoom(room)) !== undefined;

  const part: CryptoPart = {
    account,
    standing: keeper.standing,
    isReady: attendant.isReady,
    attend: attendant.attend,
    open: keeper.open,
    send,
    inRoom,
    wake: bell.wake,
    keysCame,
    isEncrypted,
    decipher: createDecipher({ keeper, accept, send, clock }),
    envelopes: {
      manner: async (room, signal) => {
        const known = await states.of(room, signal);
        if (known === "clear") {
          const must = mustBeEncrypted(room);
          if (must === undefined) throw new MatrixFailure("unreachable", `${room}: it is not known yet whether the configuration demands encryption there`);
          return must ? { kind: "refused", why: `the room ${room} is not encrypted, and the configuration demands it` } : { kind: "clear" };
        }
        return known.algorithm === megolm ? { kind: "encrypted" } : { kind: "refused", why: unknownAlgorithm(known) };
      },
      encrypt,
    },
    receive: async (answer, anew) => {
      const fresh = await states.observe(answer);
      if (anew) readers.forget();
      const came = readers.observe(answer);
      if (keeper.standing().kind === "idle" && !fresh && (await store.read.encryptedRooms()).length === 0) return;
      try {
        const result = await keeper.use(async (machine) => {
          if (anew) await machine.distrustDeviceLists();
          if (came.length > 0) await machine.trackUsers(came);
          return await machine.receiveSync(answer.encryption);
        });
        // Somebody changed what the homeserver has of this account.
        if (anew || answer.encryption.changed.includes(account)) attendant.lookAgain();
        await pass(result);
      } catch (error) {
        // What needs a person is not waited for: with other keys than these, what came now could not be read anyway.
        if (!(error instanceof OpsroomError) || error.kind === "waiting") throw error;
      }
      bell.wake();
    },
    run: async (signal) => {
      let failures = 0;
      while (!signal.aborted) {
        try {
          await attendant.attend(signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          failures += 1;
          // A fault of the keys was said when it was found.
          if (!(error instanceof OpsroomError)) log.warn({ err: error, failures }, "what encryption needs could not be sent; it is tried again");
        }
        if (failures === 0) await bell.wait(lookEveryMs, signal);
        else await clock.sleep(backOffMs(failures, random), signal).catch(() => undefined);
      }
    },
    beginAnew: async () => {
      const encrypted = await store.read.encryptedRooms();
      if (encrypted.length === 0) return;
      await keeper.use(async (machine) => {
        await machine.distrustDeviceLists();
        for (const { room } of encrypted) await machine.discardRoomKey(room);
      });
      attendant.lookAgain();
      bell.wake();
    },
    [Symbol.asyncDispose]: keeper.close,
  };

  async function pass({ newKeys, withheld, verifications, undecryptable }: SyncResult): Promise<void> {
    if (newKeys.length > 0) {
      const freed = await store.write(async (tx) => {
        let count = 0;
        for (const place of newKeys) count += await tx.keyCame(place);
        return count;
      });
      if (freed > 0) onKeys();
    }
    for (const { room, session, by, code } of withheld) log.info({ room, session, by, code }, "a key is withheld from this device");
    if (undecryptable > 0)
      log.warn({ undecryptable }, "messages to this device could not be decrypted: their senders' sessions are out of step and begun anew");
    const standing = keeper.standing();
    if (verifications.length > 0 && standing.kind === "open") needs.onVerifications?.(verifications, standing.machine, part);
  }

  return part;
}
