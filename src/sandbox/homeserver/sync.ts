/** The answer of `/sync`, out of the state as it stands at one position. Changes nothing. */
import { clientEvent, strippedEvent, type Viewer } from "./client-event.ts";
import type { Core } from "./core.ts";
import { ephemeralEvents, roomAccountData } from "./ephemeral.ts";
import type { Json, StoredEvent } from "./event.ts";
import { wantsEvent, wantsRoom, wantsType, type Filter } from "./filter.ts";
import { encryptionPart } from "./keys/sync-part.ts";
import type { Room } from "./room.ts";
import { stateDelta, timelineBatch, type TimelineWish } from "./timeline.ts";
import { syncToken, tokenAt } from "./tokens.ts";

export interface SyncWish {
  readonly viewer: Viewer;
  readonly filter: Filter;
  /** `undefined`: the first sync. */
  readonly since: number | undefined;
  readonly fullState: boolean;
  /** Messages to the device after this are still to come. */
  readonly toDeviceSince: number;
}

export interface SyncAnswer {
  readonly body: Json;
  /** Nothing for this client: a long poll waits on. */
  readonly isEmpty: boolean;
}

const invitedSees = ["m.room.create", "m.room.join_rules", "m.room.canonical_alias", "m.room.avatar", "m.room.encryption", "m.room.name", "m.room.topic"];

export function buildSync(core: Core, wish: SyncWish): SyncAnswer {
  const now = core.state.position;
  const shown: StoredEvent[] = [];
  const sections: Record<"invite" | "join" | "leave", Record<string, Json>> = { join: {}, invite: {}, leave: {} };
  for (const room of core.state.rooms.values()) {
    if (!wantsRoom(wish.filter, room.id)) continue;
    const place = placeOf(room, wish);
    if (place === undefined) continue;
    if (place === "invite") {
      sections.invite[room.id] = inviteEntry(room, wish.viewer.user);
      continue;
    }
    const entry = roomEntry(core, room, wish, now, place);
    if (entry === undefined) continue;
    sections[place][room.id] = entry.body;
    if (place === "join") shown.push(...entry.shown);
  }
  const accountData = roomAccountData(core, wish.viewer.user, undefined, wish.since ?? 0).filter((each) =>
    wantsType(wish.filter.account_data, String(each["type"])),
  );
  const rooms = Object.fromEntries(Object.entries(sections).filter(([, entries]) => Object.keys(entries).length > 0));
  const encryption = encryptionPart(core, { ...wish.viewer, since: wish.since, toDeviceSince: wish.toDeviceSince }, now, shown);
  const hasRooms = Object.keys(rooms).length > 0;
  return {
    isEmpty: !hasRooms && accountData.length === 0 && encryption.isEmpty,
    body: {
      next_batch: syncToken({ position: now, toDevice: encryption.toDevice }),
      ...encryption.fields,
      ...(accountData.length === 0 ? {} : { account_data: { events: accountData } }),
      ...(hasRooms ? { rooms } : {}),
    },
  };
}

/** In which part of the answer a room stands, if in any. */
function placeOf(room: Room, { viewer, since, filter }: SyncWish): "invite" | "join" | "leave" | undefined {
  const membership = room.membership(viewer.user);
  if (membership === "join") return "join";
  if (membership === undefined || room.forgottenBy.has(viewer.user)) return undefined;
  const isNew = since === undefined || room.memberEventsSince(viewer.user, since).length > 0;
  if (!isNew) return undefined;
  if (membership === "invite") return "invite";
  return since !== undefined || filter.room?.include_leave === true ? "leave" : undefined;
}

function inviteEntry(room: Room, user: string): Json {
  const invite = room.memberEvent(user);
  const inviter = invite === undefined ? undefined : room.memberEvent(invite.sender);
  const events = [...invitedSees.map((type) => room.state(type, "")), inviter, invite];
  return { invite_state: { events: events.filter((event) => event !== undefined).map(strippedEvent) } };
}

interface RoomEntry {
  readonly body: Json;
  /** The events in it, the state first. */
  readonly shown: readonly StoredEvent[];
}

function roomEntry(core: Core, room: Room, wish: SyncWish, now: number, place: "join" | "leave"): RoomEntry | undefined {
  const { viewer, filter, since } = wish;
  const newlyJoined = place === "join" && since !== undefined && hasJoinedSince(room, viewer.user, since);
  const end = place === "leave" ? (room.memberEvent(viewer.user)?.position ?? now) : now;
  const timeline: TimelineWish = { since, end, newlyJoined, lookBack: place === "leave" };
  const batch = timelineBatch(room, filter, timeline);
  const full = since === undefined || newlyJoined || wish.fullState;
  const ephemeral =
    place === "leave" ? [] : ephemeralEvents(core, room.id, full ? 0 : since).filter((each) => wantsType(filter.room?.ephemeral, String(each["type"])));
  const accountData = roomAccountData(core, viewer.user, room.id, full ? 0 : since).filter((each) =>
    wantsType(filter.room?.account_data, String(each["type"])),
  );
  if (!full && place === "join" && batch.events.length === 0 && ephemeral.length === 0 && accountData.length === 0) return undefined;

  const state = stateDelta(room, batch, timeline, full).filter((event) => wantsEvent(filter.room?.state, event));
  const shown = (events: readonly StoredEvent[]): readonly Json[] => events.map((event) => clientEvent(room, event, viewer, false));
  const body = {
    timeline: { events: shown(batch.events), prev_batch: tokenAt(batch.prevBatch), limited: batch.limited },
    state: { events: shown(state) },
    account_data: { events: accountData },
    ...(place === "leave" ? {} : { ephemeral: { events: ephemeral }, unread_notifications: { notification_count: 0, highlight_count: 0 }, summary: {} }),
  };
  return { body, shown: [...state, ...batch.events] };
}

/** Also true for who left and came back in between. */
function hasJoinedSince(room: Room, user: string, since: number): boolean {
  const changes = room.memberEventsSince(user, since);
  return changes.length > 0 && (room.membership(user, since) !== "join" || changes.some((event) => event.content["membership"] !== "join"));
}
