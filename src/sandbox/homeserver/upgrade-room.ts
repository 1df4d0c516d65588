/** Replacing a room by one of another version: a tombstone here, the same rules there. Nobody is taken along. */
import { addEvent, roomFor, spend, type Caller, type Core } from "./core.ts";
import { makeRoom } from "./create-room.ts";
import { isJson, type Json } from "./event.ts";
import { badRequest, forbidden } from "./matrix-error.ts";
import { powerOf, powerToSend } from "./power.ts";
import type { Room } from "./room.ts";
import { roomVersion } from "./room-version.ts";

const carriedOver = [
  "m.room.join_rules",
  "m.room.name",
  "m.room.topic",
  "m.room.history_visibility",
  "m.room.guest_access",
  "m.room.avatar",
  "m.room.encryption",
  "m.room.power_levels",
  "m.room.server_acl",
];

export function upgradeRoom(core: Core, caller: Caller, roomId: string, newVersion: string, additionalCreators: readonly string[]): Room {
  const old = roomFor(core, roomId, caller.userId, "write");
  if (roomVersion(newVersion) === undefined) throw badRequest("Your homeserver does not support this room version", "M_UNSUPPORTED_ROOM_VERSION");
  if (powerOf(old, caller.userId) < powerToSend(old, "m.room.tombstone", true)) throw forbidden("You don't have permission to upgrade the room");
  spend(core, caller.userId, true);

  const next = makeRoom(core, caller, {
    room_version: newVersion,
    preset: "private_chat",
    creation_content: { predecessor: { room_id: old.id }, ...(additionalCreators.length === 0 ? {} : { additional_creators: [...additionalCreators] }) },
    initial_state: carriedOver.flatMap((type) => {
      const event = old.state(type, "");
      return event === undefined
        ? []
        : [{ type, state_key: "", content: type === "m.room.power_levels" ? levelsFor(newVersion, caller, event.content) : event.content }];
    }),
  });
  const say = (type: string, content: Json): unknown => addEvent(core, old, { type, stateKey: "", sender: caller.userId, content });
  say("m.room.tombstone", { body: "This room has been replaced", replacement_room: next.id });
  const levels = old.state("m.room.power_levels", "");
  if (levels !== undefined) say("m.room.power_levels", quiet(levels.content));
  for (const [alias, id] of core.state.aliases) if (id === old.id) core.state.commit({ kind: "alias", alias, roomId: next.id });
  return next;
}

/** Nobody but moderators speaks in the old room any more. */
function quiet(content: Json): Json {
  const usersDefault = typeof content["users_default"] === "number" ? content["users_default"] : 0;
  const level = Math.max(usersDefault + 1, 50);
  return { ...content, events_default: level, invite: level };
}

function levelsFor(version: string, caller: Caller, content: Json): Json {
  const creatorsRule = roomVersion(version)?.creatorsRule === true;
  const events = isJson(content["events"]) ? content["events"] : {};
  const users = Object.entries(isJson(content["users"]) ? content["users"] : {}).filter(([user]) => !creatorsRule || user !== caller.userId);
  const own: readonly (readonly [string, unknown])[] = creatorsRule ? [] : [[caller.userId, 100]];
  return { ...content, users: Object.fromEntries([...users, ...own]), events: { ...events, "m.room.tombstone": creatorsRule ? 150 : 100 } };
}
