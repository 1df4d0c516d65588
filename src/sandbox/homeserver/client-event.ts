/** An event as one user's client sees it. */
import type { Json, StoredEvent } from "./event.ts";
import { redactedContent } from "./redact.ts";
import type { Room } from "./room.ts";

export interface Viewer {
  readonly user: string;
  readonly device: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** With `withRoomId` as `/messages` and `/event` give it; `/sync` names the room around it. */
export function clientEvent(room: Room, event: StoredEvent, viewer: Viewer, withRoomId: boolean): Json {
  const redaction = room.redactionOf(event.eventId);
  const before = event.replaces === undefined ? undefined : room.event(event.replaces);
  const isRedaction = event.type === "m.room.redaction";
  return {
    content: redaction === undefined ? event.content : redactedContent(event.type, event.content),
    event_id: event.eventId,
    origin_server_ts: event.sentAt,
    ...(withRoomId ? { room_id: event.roomId } : {}),
    sender: event.sender,
    type: event.type,
    ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    // Clients of before room version 11 look here.
    ...(isRedaction && typeof event.content["redacts"] === "string" ? { redacts: event.content["redacts"] } : {}),
    unsigned: {
      age: Math.max(0, viewer.now - event.sentAt),
      membership: room.membership(viewer.user, event.position) ?? "leave",
      ...(event.sentWith?.device === viewer.device && event.sender === viewer.user ? { transaction_id: event.sentWith.transaction } : {}),
      ...(before === undefined ? {} : { replaces_state: before.eventId, prev_content: before.content, prev_sender: before.sender }),
      ...(redaction === undefined ? {} : { redacted_by: redaction.eventId, redacted_because: clientEvent(room, redaction, viewer, withRoomId) }),
    },
  };
}

/** The little that somebody outside the room may see of its state. */
export const strippedEvent = (event: StoredEvent): Json => ({
  content: event.content,
  sender: event.sender,
  state_key: event.stateKey,
  type: event.type,
});
