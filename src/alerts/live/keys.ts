/** Outbox keys of what is said of a group: they tell, read back, what a reaction or a redaction is about. */
import { isRoomId, type RoomId } from "../../ids.ts";
import { alertPrefix } from "../living.ts";

export interface MessageKey {
  readonly group: string;
  readonly room: RoomId;
  readonly number: number;
}

/** `alert/<group>/<room>/<number>` */
export function messageKey({ group, room, number }: MessageKey): string {
  return `${alertPrefix}${group}/${room}/${number}`;
}

/** Of the message itself, of an edit of it, or of anything in its thread (`…/e3`, `…/log2/e1`, `…/escalate1`). */
export function parseMessageKey(key: string): (MessageKey & { readonly rest: string }) | undefined {
  // A room id may have slashes in it: the number is the last part that is one.
  const found = /^alert\/([0-9a-f]{16})\/(![^\s]+?)\/(\d{1,9})((?:\/(?:e\d+|log\d+|escalate\d+-\d+|ping\d+-\d+|said[^/]*))*)$/u.exec(key);
  const [, group, room, number, rest = ""] = found ?? [];
  return group === undefined || room === undefined || !isRoomId(room) ? undefined : { group, room, number: Number(number), rest };
}

/** Key of the newest thing said in place of the message: its last edit, or itself. */
export function newestKey({ key, edits }: { readonly key: string; readonly edits: number }): string {
  return edits === 0 ? key : `${key}/e${edits}`;
}
