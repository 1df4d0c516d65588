/** What every act on the embedded homeserver needs, and the one way an event gets into a room. */
import { createHash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { authorise } from "./authorise.ts";
import { isJson, pduBytes, type Json, type StoredEvent } from "./event.ts";
import { forbidden, limitExceeded, MatrixError } from "./matrix-error.ts";
import type { RateLimit, RateLimiter } from "./rate-limit.ts";
import type { Room } from "./room.ts";
import type { ServerState } from "./state.ts";
import type { Typing } from "./typing.ts";

export type Limits = RateLimit | "none";

export interface Core {
  readonly serverName: string;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly typing: Typing;
  readonly limiter: RateLimiter;
  readonly limits: Limits;
  readonly newId: (letters: number) => string;
}

/** Who asks: taken from the access token. */
export interface Caller {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
}

export interface NewEvent {
  readonly type: string;
  readonly sender: string;
  readonly content: Json;
  readonly stateKey?: string | undefined;
  readonly sentWith?: StoredEvent["sentWith"];
}

const maxEventBytes = 65_536;
const maxEvents = 200_000;

/** Room or 403, in the words that depend on whether the caller wanted to read or to write. */
export function roomFor(core: Core, roomId: string, user: string, use: "read" | "write"): Room {
  const room = core.state.rooms.get(roomId);
  const membership = room?.membership(user);
  const wasThere = room !== undefined && use === "read" && !room.forgottenBy.has(user) && (membership === "leave" || membership === "ban");
  if (room !== undefined && (membership === "join" || wasThere)) return room;
  throw forbidden(`User ${user} not in room ${roomId}${use === "read" ? ", and room previews are disabled" : ""}`);
}

/** Authorises, measures and stores an event. @throws {MatrixError} */
export function addEvent(core: Core, room: Room, event: NewEvent): StoredEvent {
  authorise(room, event);
  if (pduBytes({ ...event, roomId: room.id }, core.serverName) > maxEventBytes) throw new MatrixError(413, "M_TOO_LARGE", "event too large");
  return storeEvent(core, room.id, event);
}

/** Stores an event without asking whether it may be; for the create event, which nothing precedes, and for {@link addEvent}. */
export function storeEvent(core: Core, roomId: string | undefined, event: NewEvent): StoredEvent {
  if (core.state.eventCount >= maxEvents) throw new MatrixError(403, "M_RESOURCE_LIMIT_EXCEEDED", "The sandbox homeserver is full");
  const position = core.state.nextPosition();
  const sentAt = core.clock.now();
  const eventId = `$${createHash("sha256")
    .update(JSON.stringify([core.newId(16), roomId, event, position, sentAt]))
    .digest("base64url")}`;
  // Room version 12: the room is named after its create event.
  const room = roomId ?? `!${eventId.slice(1)}`;
  const before = event.stateKey === undefined ? undefined : core.state.rooms.get(room)?.state(event.type, event.stateKey);
  const stored = { ...event, eventId, roomId: room, sentAt, position, replaces: before?.eventId };
  core.state.commit({ kind: "event", event: stored });
  return stored;
}

/** Takes one action from the user's budget, or only looks when `count` is false. @throws {MatrixError} 429 */
export function spend(core: Core, user: string, count: boolean): void {
  const limit = core.state.accounts.rateLimitOverride(user) ?? core.limits;
  if (limit === "none" || limit.perSecond === 0) return;
  const waitMs = core.limiter.tryAction(user, limit, core.clock.now(), count);
  if (waitMs !== undefined) throw limitExceeded(waitMs);
}

/** What a member event says about its person. */
export function profileContent(core: Core, user: string): Json {
  const displayname = core.state.accounts.account(user)?.displayName;
  return displayname === undefined ? {} : { displayname };
}

/** Same content, whatever the order of the keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, index) => sameJson(each, b[index]));
  if (!isJson(a) || !isJson(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
}
