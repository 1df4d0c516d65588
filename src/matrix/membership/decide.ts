/** Which rooms to be in. Pure: from what is configured and what is, to what is to be done. */
import type { RoomId, UserId } from "../../ids.ts";
import type { SyncAnswer } from "../sync/answer.ts";
import { readChanges } from "../sync/changes.ts";

/** Where we are, as the homeserver tells it now. */
export interface Whereabouts {
  readonly joined: ReadonlySet<RoomId>;
  readonly invited: ReadonlyMap<RoomId, UserId | undefined>;
  /** Rooms with a tombstone, and what they name as their successor. */
  readonly replaced: ReadonlyMap<RoomId, RoomId | undefined>;
  readonly encrypted: ReadonlySet<RoomId>;
}

export type RoomAct =
  | { readonly kind: "accept"; readonly room: RoomId; readonly by: UserId }
  | { readonly kind: "decline"; readonly room: RoomId; readonly by: UserId | undefined }
  /** We are in it and nobody configured it: stays only if an operator is there. */
  | { readonly kind: "question"; readonly room: RoomId }
  | { readonly kind: "enter"; readonly room: RoomId; readonly invited: boolean };

/** From a sync without a token. */
export function readWhereabouts(answer: SyncAnswer, me: UserId): Whereabouts {
  const changes = readChanges(answer, me);
  return {
    joined: new Set(answer.joined.map(({ room }) => room)),
    invited: new Map(answer.invited.map(({ room, by }) => [room, by])),
    replaced: new Map(changes.flatMap((change) => (change.kind === "replaced" ? [[change.room, change.successor] as const] : []))),
    encrypted: new Set(changes.flatMap((change) => (change.kind === "encrypted" ? [change.room] : []))),
  };
}

/**
 * @param configured rooms that we must be in
 * @param former rooms that configured ones have replaced: to be left alone
 * @param operators whose invitations are followed
 */
export function decideRooms(
  { joined, invited }: Whereabouts,
  configured: ReadonlySet<RoomId>,
  former: ReadonlySet<RoomId>,
  operators: ReadonlySet<UserId>,
): readonly RoomAct[] {
  const ours = configured.union(former);
  return [
    ...[...configured.difference(joined)].map((room): RoomAct => ({ kind: "enter", room, invited: invited.has(room) })),
    ...[...invited].flatMap(([room, by]): RoomAct[] => {
      if (configured.has(room)) return [];
      return by !== undefined && operators.has(by) ? [{ kind: "accept", room, by }] : [{ kind: "decline", room, by }];
    }),
    ...[...joined.difference(ours)].map((room): RoomAct => ({ kind: "question", room })),
  ];
}
