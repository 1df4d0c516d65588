/** What Opsroom says of itself in its rooms, unasked: rarely, and only what a person has to know. */
import { renderContent } from "../chat/render/content.ts";
import type { Line } from "../chat/line.ts";
import type { OpsroomError } from "../errors.ts";
import type { RoomId } from "../ids.ts";
import type { RoomNotice } from "../matrix/membership/notices.ts";
import type { AuditEntry, OutgoingMessage } from "../store/store.ts";

/** @param key made from the cause, so that the same cause is said once */
export function noticeTo(rooms: Iterable<RoomId>, key: string, lines: readonly Line[]): readonly OutgoingMessage[] {
  const content = renderContent(lines, { mentions: [] });
  return [...rooms].map((room) => ({ key: `notice/${key}/${room}`, room, lane: "critical", type: "m.room.message", content }));
}

/** What is written down of a change of rooms. */
export function roomAudit(notice: RoomNotice, at: number): AuditEntry {
  const { kind, room } = notice;
  const failed = kind === "lost" || kind === "not-followed" || kind === "not-encrypted";
  return {
    at,
    actor: "opsroom",
    action: `room.${kind}`,
    subject: "rooms",
    room,
    eventId: undefined,
    outcome: failed ? "failed" : "ok",
    detail: describe(notice),
  };
}

/** What the other rooms are told of it; nothing for what is as it should be. */
export function roomNoticeLines(notice: RoomNotice): readonly Line[] | undefined {
  const { kind } = notice;
  switch (kind) {
    case "lost":
    case "not-followed":
    case "not-encrypted":
      return [{ text: `🔴 ${describe(notice)}`, strong: true }];
    case "back":
    case "followed":
      return [{ text: `🟢 ${describe(notice)}` }];
    case "invited-in":
    case "declined":
    case "left":
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** What the rooms are told when encrypted ones cannot be spoken in. */
export function cryptoFaultLines({ code, message, remedy }: OpsroomError): readonly Line[] {
  return [{ text: `🔴 I cannot speak in encrypted rooms: ${message}`, strong: true }, { text: `${remedy} What is to be said there waits. (${code})` }];
}

function describe(notice: RoomNotice): string {
  switch (notice.kind) {
    case "invited-in":
      return `Joined ${notice.room}, invited by ${notice.by}. Commands are taken there once the configuration names the room.`;
    case "declined":
      return `Declined an invitation to ${notice.room} from ${notice.by ?? "somebody"}.`;
    case "left":
      return `Left ${notice.room}: no operator is there.`;
    case "lost":
      return `I am not in the room ${notice.room} any more: ${notice.why}. Invite me again; I keep trying.`;
    case "back":
      return `I am back in the room ${notice.room}.`;
    case "followed":
      return `The room ${notice.room} was upgraded: I follow to ${notice.successor}.`;
    case "not-followed":
      return `The room ${notice.room} was upgraded, and I do not follow${notice.successor === undefined ? "" : ` to ${notice.successor}`}: ${notice.why}.`;
    case "not-encrypted":
      return `The room ${notice.room} is not encrypted, and my configuration demands it: I say nothing there and take nothing from there.`;
    default:
      return notice satisfies never;
  }
}
