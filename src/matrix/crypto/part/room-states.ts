/** Which rooms are encrypted. Kept in our own store: once encrypted, a room stays so, whatever the homeserver says later. */
import * as z from "zod";
import type { Clock } from "../../../clock.ts";
import type { RoomId } from "../../../ids.ts";
import type { EncryptedRoom } from "../../../store/encryption-store.ts";
import type { Store } from "../../../store/store.ts";
import type { MatrixApi } from "../../api.ts";
import type { SyncAnswer } from "../../sync/answer.ts";

export interface RoomStates {
  /** Asks the homeserver unless we know that it is encrypted; a room that is not is asked about each time. @throws MatrixFailure; what the store throws */
  readonly of: (room: RoomId, signal: AbortSignal) => Promise<EncryptedRoom | "clear">;
  /** Before the sync's token is stored. @returns whether a room was not known to be encrypted before */
  readonly observe: (answer: Pick<SyncAnswer, "joined">) => Promise<boolean>;
}

export const megolm = "m.megolm.v1.aes-sha2";

/** A period of nothing would mean a key for each message. */
const positive = z
  .int()
  .positive()
  .max(2 ** 40)
  .optional()
  .catch(undefined);
const stateShape = z.object({ algorithm: z.string().min(1).max(200), rotation_period_ms: positive, rotation_period_msgs: positive });

/** @param known settings that a state event which makes no sense (one that was redacted) does not undo */
function readState(room: RoomId, content: unknown, known: EncryptedRoom | undefined): EncryptedRoom {
  const parsed = stateShape.safeParse(content);
  if (!parsed.success) return known ?? { room, algorithm: "", rotateAfterMs: undefined, rotateAfterMessages: undefined };
  // Nobody switches to something we cannot speak, or out of encryption, once it is on.
  if (known?.algorithm === megolm && parsed.data.algorithm !== megolm) return known;
  return { room, algorithm: parsed.data.algorithm, rotateAfterMs: parsed.data.rotation_period_ms, rotateAfterMessages: parsed.data.rotation_period_msgs };
}

export function createRoomStates(api: Pick<MatrixApi, "state">, store: Pick<Store, "read" | "write">, clock: Pick<Clock, "now">): RoomStates {
  const learn = async (room: RoomId, content: unknown): Promise<EncryptedRoom> =>
    await store.write(async (tx) => {
      const learnt = readState(room, content, await store.read.encryptedRoom(room));
      await tx.saveEncryptedRoom(learnt, clock.now());
      return learnt;
    });
  return {
    of: async (room, signal) => {
      const known = await store.read.encryptedRoom(room);
      if (known !== undefined) return known;
      const content = await api.state(room, "m.room.encryption", "", signal);
      return content === undefined ? "clear" : await learn(room, content);
    },
    observe: async ({ joined }) => {
      let fresh = false;
      for (const { room, state, events } of joined) {
        for (const event of [...state, ...events]) {
          if (event.type !== "m.room.encryption" || event.stateKey !== "") continue;
          fresh ||= (await store.read.encryptedRoom(room)) === undefined;
          await learn(room, event.content);
        }
      }
      return fresh;
    },
  };
}
