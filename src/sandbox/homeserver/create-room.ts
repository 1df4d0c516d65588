/** A new room and its first events, in Synapse's order. */
import * as z from "zod";
import { addEvent, profileContent, spend, storeEvent, type Caller, type Core } from "./core.ts";
import type { Json } from "./event.ts";
import { badRequest, MatrixError } from "./matrix-error.ts";
import type { Room } from "./room.ts";
import { defaultRoomVersion, roomVersion, type RoomVersion } from "./room-version.ts";

const json = z.record(z.string(), z.unknown());

export const newRoomSchema = z.object({
  name: z.string().optional(),
  topic: z.string().optional(),
  preset: z.enum(["private_chat", "trusted_private_chat", "public_chat"]).optional(),
  visibility: z.enum(["private", "public"]).optional(),
  room_alias_name: z.string().optional(),
  room_version: z.string().optional(),
  invite: z.array(z.string()).optional(),
  is_direct: z.boolean().optional(),
  creation_content: json.optional(),
  power_level_content_override: json.optional(),
  initial_state: z.array(z.object({ type: z.string(), state_key: z.string().optional(), content: json })).optional(),
});

export type NewRoom = z.infer<typeof newRoomSchema>;

/** Creating a room costs one token of the rate limit; the events it begins with cost none. */
export function createRoom(core: Core, caller: Caller, wish: NewRoom): Room {
  spend(core, caller.userId, true);
  return makeRoom(core, caller, wish);
}

export function makeRoom(core: Core, caller: Caller, wish: NewRoom): Room {
  const version = roomVersion(wish.room_version ?? defaultRoomVersion);
  if (version === undefined) throw badRequest("Your homeserver does not support this room version", "M_UNSUPPORTED_ROOM_VERSION");
  const alias = wish.room_alias_name === undefined ? undefined : `#${wish.room_alias_name}:${core.serverName}`;
  if (alias !== undefined && core.state.aliases.has(alias)) throw new MatrixError(400, "M_ROOM_IN_USE", "Room alias already taken");

  const sender = caller.userId;
  const roomId = version.idIsHash ? undefined : `!${core.newId(18)}:${core.serverName}`;
  const create = storeEvent(core, roomId, { type: "m.room.create", stateKey: "", sender, content: createContent(version, sender, wish) });
  const room = core.state.rooms.get(create.roomId);
  if (room === undefined) throw new Error("the room that was just created is not there");
  if (alias !== undefined) core.state.commit({ kind: "alias", alias, roomId: room.id });

  const add = (type: string, stateKey: string, content: Json): unknown => addEvent(core, room, { type, stateKey, sender, content });
  add("m.room.member", sender, { ...profileContent(core, sender), membership: "join" });
  for (const [type, stateKey, content] of firstState(version, sender, wish, alias)) add(type, stateKey, content);
  for (const user of wish.invite ?? []) {
    const direct = wish.is_direct === true ? { is_direct: true } : {};
    add("m.room.member", user, { ...profileContent(core, user), ...direct, membership: "invite" });
  }
  return room;
}

function createContent(version: RoomVersion, sender: string, wish: NewRoom): Json {
  const extra = wish.creation_content ?? {};
  const trusted = version.creatorsRule && wish.preset === "trusted_private_chat" ? (wish.invite ?? []) : [];
  const named = Array.isArray(extra["additional_creators"]) ? extra["additional_creators"] : [];
  const more = [...new Set([...named, ...trusted])];
  return {
    ...extra,
    room_version: version.id,
    ...(more.length === 0 ? {} : { additional_creators: more }),
    ...(version.redactsInContent ? {} : { creator: sender }),
  };
}

function firstState(version: RoomVersion, sender: string, wish: NewRoom, alias: string | undefined): readonly (readonly [string, string, Json])[] {
  const isPublic = (wish.preset ?? (wish.visibility === "public" ? "public_chat" : "private_chat")) === "public_chat";
  const asked = (wish.initial_state ?? []).map((each) => [each.type, each.state_key ?? "", each.content] as const);
  const isAsked = (type: string): boolean => asked.some(([other, stateKey]) => other === type && stateKey === "");
  const byDefault: readonly (readonly [string, string, Json])[] = [
    ...(alias === undefined ? [] : [["m.room.canonical_alias", "", { alias }] as const]),
    ["m.room.join_rules", "", { join_rule: isPublic ? "public" : "invite" }],
    ["m.room.history_visibility", "", { history_visibility: "shared" }],
    ...(isPublic ? [] : [["m.room.guest_access", "", { guest_access: "can_join" }] as const]),
  ];
  const askedLevels = asked.find(([type]) => type === "m.room.power_levels");
  return [
    askedLevels ?? ["m.room.power_levels", "", powerLevels(version, sender, wish, isPublic)],
    ...byDefault.filter(([type]) => !isAsked(type)),
    ...asked.filter((each) => each !== askedLevels),
    ...(wish.name === undefined ? [] : [["m.room.name", "", { name: wish.name }] as const]),
    ...(wish.topic === undefined ? [] : [["m.room.topic", "", { topic: wish.topic, "m.topic": { "m.text": [{ body: wish.topic }] } }] as const]),
  ];
}

function powerLevels(version: RoomVersion, sender: string, wish: NewRoom, isPublic: boolean): Json {
  const trusted = wish.preset === "trusted_private_chat" ? (wish.invite ?? []) : [];
  return {
    users: version.creatorsRule ? {} : Object.fromEntries([sender, ...trusted].map((user) => [user, 100])),
    users_default: 0,
    events: {
      "m.room.name": 50,
      "m.room.power_levels": 100,
      "m.room.history_visibility": 100,
      "m.room.canonical_alias": 50,
      "m.room.avatar": 50,
      "m.room.tombstone": version.creatorsRule ? 150 : 100,
      "m.room.server_acl": 100,
      "m.room.encryption": 100,
      ...(isPublic ? { "m.call.invite": 50 } : {}),
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: isPublic ? 50 : 0,
    historical: 100,
    ...wish.power_level_content_override,
  };
}
