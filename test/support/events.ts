import { parseEventId, parseRoomId, parseUserId, type RoomId, type UserId } from "../../src/ids.ts";
import type { PendingEvent } from "../../src/store/store.ts";

export const nadia: UserId = parseUserId("@nadia:example.org");
export const oleg: UserId = parseUserId("@oleg:example.org");
export const mallory: UserId = parseUserId("@mallory:evil.example");
export const opsRoom: RoomId = parseRoomId("!ops");

/** A text message as the inbox holds it. */
export function typedEvent(
  body: string,
  given: Partial<Omit<PendingEvent, "content">> & { readonly content?: Record<string, unknown>; readonly n?: number } = {},
): PendingEvent {
  const { n = 1, content, ...rest } = given;
  return {
    eventId: parseEventId(`$event${n}`),
    room: opsRoom,
    sender: nadia,
    type: "m.room.message",
    sentAt: Date.UTC(2026, 5, 12, 15, 0, 0),
    late: false,
    seq: n,
    attempts: 0,
    ...rest,
    content: { msgtype: "m.text", body, ...content },
  };
}
