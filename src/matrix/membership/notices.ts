/** What is told of the rooms, each thing once. */
import type { RoomId, UserId } from "../../ids.ts";
import type { Log } from "../../observe/log.ts";

export type RoomNotice =
  /** Joined a room that is not configured, because an operator asked. */
  | { readonly kind: "invited-in"; readonly room: RoomId; readonly by: UserId }
  | { readonly kind: "declined"; readonly room: RoomId; readonly by: UserId | undefined }
  | { readonly kind: "left"; readonly room: RoomId }
  /** Not in a configured room (any more); entering it is tried again and again. Loud. */
  | { readonly kind: "lost"; readonly room: RoomId; readonly why: string }
  | { readonly kind: "back"; readonly room: RoomId }
  | { readonly kind: "followed"; readonly room: RoomId; readonly successor: RoomId }
  /** A configured room was replaced, and we stay in the old one. Loud. */
  | { readonly kind: "not-followed"; readonly room: RoomId; readonly successor: RoomId | undefined; readonly why: string }
  /** A configured room has to be encrypted and is not: nothing is said there. Loud. */
  | { readonly kind: "not-encrypted"; readonly room: RoomId };

const loud: ReadonlySet<RoomNotice["kind"]> = new Set(["lost", "not-followed", "not-encrypted"]);

export interface Teller {
  readonly tell: (notice: RoomNotice) => Promise<void>;
  /** Not again until it is taken back. */
  readonly tellOnce: (notice: RoomNotice) => Promise<void>;
  /** It holds no longer. @returns whether it had been told */
  readonly takeBack: (kind: RoomNotice["kind"], room: RoomId) => boolean;
}

/** Logs, then passes on. A notice that cannot be passed on is logged and holds nothing up. */
export function createTeller(passOn: (notice: RoomNotice) => Promise<void>, log: Log): Teller {
  const standing = new Set<string>();
  const tell = async (notice: RoomNotice): Promise<void> => {
    log[loud.has(notice.kind) ? "error" : "info"](notice, `room: ${notice.kind}`);
    await passOn(notice).catch((error: unknown) => log.error({ err: error }, "a notice about a room could not be passed on"));
  };
  return {
    tell,
    tellOnce: async (notice) => {
      const key = `${notice.kind} ${notice.room}`;
      if (standing.has(key)) return;
      standing.add(key);
      await tell(notice);
    },
    takeBack: (kind, room) => standing.delete(`${kind} ${room}`),
  };
}
