/** From a configured room's address to the room's id as it is today: aliases resolved, upgrades followed. */
import { isRoomId, type RoomId, type UserId } from "../../ids.ts";
import type { Reads } from "../../store/store.ts";
import type { MatrixApi } from "../api.ts";
import { MatrixFailure } from "../failure.ts";

export interface ConfiguredRoom {
  /** The configuration's name for it. */
  readonly name: string;
  /** A room id, or an alias (`#ops:example.org`). */
  readonly address: string;
  /** Whether nothing may be said there unless it is encrypted. */
  readonly mustBeEncrypted: boolean;
  /** Who is an operator there, in whichever role. */
  readonly operators: ReadonlySet<UserId>;
}

export interface ResolvedRoom extends ConfiguredRoom {
  readonly room: RoomId;
  /** What the address itself stands for, before upgrades. */
  readonly base: RoomId;
}

export interface Resolution {
  readonly rooms: readonly ResolvedRoom[];
  /** Those that could not be resolved now, and why. */
  readonly missing: readonly { readonly room: ConfiguredRoom; readonly why: string }[];
}

/** @param before resolved aliases of earlier: kept while the homeserver cannot be asked @throws what the store throws; MatrixFailure `unauthorised` */
export async function resolveRooms(
  configured: readonly ConfiguredRoom[],
  before: readonly ResolvedRoom[],
  api: Pick<MatrixApi, "resolveAlias">,
  read: Pick<Reads, "successorOf">,
  signal: AbortSignal,
): Promise<Resolution> {
  const rooms: ResolvedRoom[] = [];
  const missing: { room: ConfiguredRoom; why: string }[] = [];
  for (const each of configured) {
    const known = before.find(({ address }) => address === each.address)?.base;
    try {
      const base = isRoomId(each.address) ? each.address : (known ?? (await api.resolveAlias(each.address, signal)));
      rooms.push({ ...each, base, room: (await read.successorOf(base)) ?? base });
    } catch (error) {
      if (!(error instanceof MatrixFailure) || error.kind === "unauthorised") throw error;
      missing.push({ room: each, why: error.message });
    }
  }
  return { rooms, missing };
}
