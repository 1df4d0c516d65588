/** A configured room was replaced by another (tombstone): go along if it is still the same people's room. */
import type { RoomId, UserId } from "../../ids.ts";
import { isObject } from "../../json.ts";
import type { Store } from "../../store/store.ts";
import type { MatrixApi } from "../api.ts";
import { MatrixFailure } from "../failure.ts";
import { judgeSuccessor, readPower } from "./power.ts";

export interface Upgrade {
  readonly room: RoomId;
  /** What the tombstone names. */
  readonly successor: RoomId | undefined;
  /** The configured operators of the old room. */
  readonly operators: ReadonlySet<UserId>;
  /** Rooms that we are in. */
  readonly inIt: ReadonlySet<RoomId>;
}

export interface UpgradeNeeds {
  readonly api: Pick<MatrixApi, "join" | "leave" | "fullState">;
  readonly store: Pick<Store, "read" | "write">;
  readonly account: UserId;
}

export type UpgradeOutcome =
  | { readonly kind: "followed"; readonly successor: RoomId }
  | { readonly kind: "not-followed"; readonly successor: RoomId | undefined; readonly why: string }
  /** It cannot be entered or read now (not invited yet, a homeserver down). */
  | { readonly kind: "later"; readonly failure: string };

/** Enters the successor to look at it, and leaves it again unless it is to be followed. @throws what the store throws; MatrixFailure `unauthorised` */
export async function followUpgrade(
  { room, successor, operators, inIt }: Upgrade,
  { api, store, account }: UpgradeNeeds,
  signal: AbortSignal,
): Promise<UpgradeOutcome> {
  if (successor === undefined) return { kind: "not-followed", successor, why: "the tombstone names no room" };
  try {
    if (!inIt.has(successor)) await api.join(successor, signal);
    const [before, after] = await Promise.all([api.fullState(room, signal), api.fullState(successor, signal)]);
    const encrypted = (await store.read.encryptedRoom(room)) !== undefined;
    const verdict =
      encrypted && !isEncrypted(after)
        ? { follow: false as const, why: "it is not encrypted, and the old room is" }
        : judgeSuccessor({ room, power: readPower(before) }, readPower(after), operators, account);
    if (verdict.follow) {
      await store.write((tx) => tx.saveSuccessor(room, successor));
      return { kind: "followed", successor };
    }
    if (!inIt.has(successor)) await api.leave(successor, "Opsroom stays in the old room.", signal);
    return { kind: "not-followed", successor, why: verdict.why };
  } catch (error) {
    if (signal.aborted || !(error instanceof MatrixFailure) || error.kind === "unauthorised") throw error;
    return { kind: "later", failure: error.message };
  }
}

function isEncrypted(state: unknown): boolean {
  return Array.isArray(state) && state.some((event: unknown) => isObject(event) && event["type"] === "m.room.encryption" && event["state_key"] === "");
}
