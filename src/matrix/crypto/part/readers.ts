/**
 * Who may read what is said in an encrypted room. Asked of the homeserver once, then kept by what each sync tells; asked again after whatever may have
 * made us miss something: whoever has left must not get later keys.
 */
import * as z from "zod";
import type { Clock } from "../../../clock.ts";
import type { RoomId, UserId } from "../../../ids.ts";
import { isUserId } from "../../../ids.ts";
import type { MatrixApi } from "../../api.ts";
import type { SyncAnswer, TimelineEvent } from "../../sync/answer.ts";
import type { RoomEncryption } from "../machine/room-encryption.ts";

export interface RoomReaders {
  readonly history: RoomEncryption["history"];
  readonly users: readonly UserId[];
}

export interface Readers {
  /** @throws MatrixFailure when the homeserver has to be asked and does not say */
  readonly of: (room: RoomId, signal: AbortSignal) => Promise<RoomReaders>;
  /** What a sync told. @returns who came into the rooms that are kept */
  readonly observe: (answer: SyncAnswer) => readonly UserId[];
  readonly forget: () => void;
}

interface Kept {
  readonly joined: Set<UserId>;
  readonly invited: Set<UserId>;
  readonly history: RoomEncryption["history"];
}

/** A sync answers within its long poll of 30 s: without one for this long, people may have left unseen. */
const trustedForMs = 60_000;

const historyShape = z.object({ history_visibility: z.enum(["invited", "joined", "shared", "world_readable"]) });

export function createReaders(api: Pick<MatrixApi, "members" | "state">, clock: Pick<Clock, "now">): Readers {
  const rooms = new Map<RoomId, Kept>();
  /** Grows with each sync: what was asked before it may lack what it told. */
  let syncs = 0;
  let syncedAt = Number.NEGATIVE_INFINITY;

  const ask = async (room: RoomId, signal: AbortSignal): Promise<Kept> => {
    for (;;) {
      const before = syncs;
      const [members, visibility] = await Promise.all([api.members(room, signal), api.state(room, "m.room.history_visibility", "", signal)]);
      const history = historyShape.safeParse(visibility).data?.history_visibility ?? "shared";
      const kept = { joined: new Set(members.joined), invited: new Set(members.invited), history };
      if (before !== syncs) continue;
      rooms.set(room, kept);
      return kept;
    }
  };

  return {
    of: async (room, signal) => {
      const known = clock.now() - syncedAt < trustedForMs ? rooms.get(room) : undefined;
      const { joined, invited, history } = known ?? (await ask(room, signal));
      return { history, users: history === "joined" ? [...joined] : [...joined.union(invited)] };
    },
    observe: (answer) => {
      syncs += 1;
      syncedAt = clock.now();
      for (const { room } of answer.left) rooms.delete(room);
      return answer.joined.flatMap(({ room, state, events }) => {
        const kept = rooms.get(room);
        if (kept === undefined) return [];
        const all = [...state, ...events];
        if (all.some(({ type, stateKey }) => type === "m.room.history_visibility" && stateKey === "")) rooms.delete(room);
        return all.flatMap((event) => moved(kept, event));
      });
    },
    forget: () => {
      syncs += 1;
      rooms.clear();
    },
  };
}

function moved({ joined, invited }: Kept, { type, stateKey, content }: TimelineEvent): readonly UserId[] {
  if (type !== "m.room.member" || stateKey === undefined || !isUserId(stateKey)) return [];
  joined.delete(stateKey);
  invited.delete(stateKey);
  const membership = content["membership"];
  if (membership === "join") joined.add(stateKey);
  else if (membership === "invite") invited.add(stateKey);
  else return [];
  return [stateKey];
}
