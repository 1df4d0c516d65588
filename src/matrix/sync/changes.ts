/** What a sync tells of the rooms themselves: for those who look after our membership. Pure. */
import { isRoomId, type RoomId, type UserId } from "../../ids.ts";
import type { SyncAnswer, TimelineEvent } from "./answer.ts";

export type RoomChange =
  | { readonly kind: "invited"; readonly room: RoomId; readonly by: UserId | undefined }
  | { readonly kind: "joined"; readonly room: RoomId }
  /** We are out of it; `why` names who did it when it was not us. */
  | { readonly kind: "left"; readonly room: RoomId; readonly why: string }
  /** Replaced by an upgrade. `successor` undefined: the tombstone names none. */
  | { readonly kind: "replaced"; readonly room: RoomId; readonly successor: RoomId | undefined }
  /** From now on what is said there is encrypted. */
  | { readonly kind: "encrypted"; readonly room: RoomId };

export function readChanges(answer: SyncAnswer, me: UserId): RoomChange[] {
  return [
    ...answer.invited.map(({ room, by }): RoomChange => ({ kind: "invited", room, by })),
    ...answer.joined.flatMap(({ room, state, events }) => [...state, ...events].flatMap((event) => changeOf(room, event, me))),
    ...answer.left.map(({ room, events }): RoomChange => ({ kind: "left", room, why: whyLeft(events, me) })),
  ];
}

function changeOf(room: RoomId, event: TimelineEvent, me: UserId): RoomChange[] {
  if (event.type === "m.room.member" && event.stateKey === me && event.content["membership"] === "join" && event.previousMembership !== "join") {
    return [{ kind: "joined", room }];
  }
  if (event.stateKey !== "") return [];
  if (event.type === "m.room.encryption") return [{ kind: "encrypted", room }];
  if (event.type !== "m.room.tombstone") return [];
  const successor = event.content["replacement_room"];
  return [{ kind: "replaced", room, successor: typeof successor === "string" && isRoomId(successor) ? successor : undefined }];
}

function whyLeft(events: readonly TimelineEvent[], me: UserId): string {
  const last = events.findLast((event) => event.type === "m.room.member" && event.stateKey === me);
  if (last === undefined) return "left";
  if (last.sender === me) return "left by this account itself";
  const reason = last.content["reason"];
  const done = last.content["membership"] === "ban" ? "banned" : "kicked";
  return typeof reason === "string" && reason !== "" ? `${done} by ${last.sender}: ${reason.slice(0, 200)}` : `${done} by ${last.sender}`;
}
