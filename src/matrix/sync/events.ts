/** Which events of a room's timeline are for the inbox. Pure. */
import type { RoomId, UserId } from "../../ids.ts";
import type { InboxEvent } from "../../store/store.ts";
import { inboxTypes } from "../filters.ts";
import { isVerificationEvent } from "../../verification-event.ts";
import type { TimelineEvent } from "./answer.ts";

const wanted: ReadonlySet<string> = new Set(inboxTypes);

/** Messages, reactions and redactions of others, in the order given. State is nobody's command, and what was taken back asks nothing any more. */
export function toInbox(room: RoomId, events: readonly TimelineEvent[], me: UserId, late: boolean): InboxEvent[] {
  return events
    .filter((event) => (wanted.has(event.type) || isVerificationEvent(event)) && event.stateKey === undefined && event.sender !== me && !event.redacted)
    .map(({ eventId, sender, type, sentAt, content }) => ({ eventId, room, sender, type, sentAt, content, late }));
}

/**
 * Whether `event` is our own coming into the room: what was said before was not said to us. A change of our name is a join after a join.
 */
export function isOurJoin(event: TimelineEvent, me: UserId): boolean {
  return event.type === "m.room.member" && event.stateKey === me && event.content["membership"] === "join" && event.previousMembership !== "join";
}

/** What follows our last coming into the room; `joined` tells that we came within these events. */
export function sinceOurJoin(events: readonly TimelineEvent[], me: UserId): { readonly events: readonly TimelineEvent[]; readonly joined: boolean } {
  const at = events.findLastIndex((event) => isOurJoin(event, me));
  return at < 0 ? { events, joined: false } : { events: events.slice(at + 1), joined: true };
}
