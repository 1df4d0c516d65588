/** Making rooms, and getting in and out of them. */
import * as z from "zod";
import { roomFor } from "../core.ts";
import { createRoom, newRoomSchema } from "../create-room.ts";
import { clientRoute, type Site } from "../endpoint.ts";
import { clientEvent } from "../client-event.ts";
import { MatrixError, notFound } from "../matrix-error.ts";
import { forget, join, leave, resolveRoom, setMembership } from "../membership.ts";
import { upgradeRoom } from "../upgrade-room.ts";

const reason = z.object({ reason: z.string().optional() });
const target = reason.extend({ user_id: z.string() });
const upgrade = z.object({ new_version: z.string(), additional_creators: z.array(z.string()).optional() });

export function roomRoutes(site: Site): void {
  const { core } = site;
  clientRoute(site, "POST", "/createRoom", (call) => {
    const room = createRoom(core, call.caller(), call.parsed(newRoomSchema));
    return { room_id: room.id };
  });
  for (const path of ["/join/:room", "/rooms/:room/join"]) {
    clientRoute(site, "POST", path, (call) => ({ room_id: join(core, call.caller(), call.param("room")).id }));
  }
  clientRoute(site, "POST", "/rooms/:room/leave", (call) => {
    leave(core, call.caller(), call.param("room"), call.parsed(reason).reason);
    return {};
  });
  clientRoute(site, "POST", "/rooms/:room/forget", (call) => {
    forget(core, call.caller(), call.param("room"));
    return {};
  });
  for (const act of ["invite", "kick", "ban", "unban"] as const) {
    clientRoute(site, "POST", `/rooms/:room/${act}`, (call) => {
      const wish = call.parsed(target);
      setMembership(core, call.caller(), call.param("room"), { user: wish.user_id, act }, wish.reason);
      return {};
    });
  }
  clientRoute(site, "POST", "/rooms/:room/upgrade", (call) => {
    const wish = call.parsed(upgrade);
    return { replacement_room: upgradeRoom(core, call.caller(), call.param("room"), wish.new_version, wish.additional_creators ?? []).id };
  });
  memberRoutes(site);
  aliasRoutes(site);
}

function memberRoutes(site: Site): void {
  const { core } = site;
  clientRoute(site, "GET", "/joined_rooms", (call) => {
    const { userId } = call.caller();
    return { joined_rooms: [...core.state.rooms.values()].filter((room) => room.membership(userId) === "join").map((room) => room.id) };
  });
  clientRoute(site, "GET", "/rooms/:room/joined_members", (call) => {
    const members = roomFor(core, call.param("room"), call.caller().userId, "read").members("join");
    const joined = members.map((event) => [event.stateKey, { avatar_url: null, display_name: event.content["displayname"] ?? null }]);
    return { joined: Object.fromEntries(joined) };
  });
  clientRoute(site, "GET", "/rooms/:room/members", (call) => {
    const { userId, deviceId } = call.caller();
    const room = roomFor(core, call.param("room"), userId, "read");
    const wanted = call.query("membership");
    const all = ["join", "invite", "leave", "ban"].filter((each) => wanted === undefined || each === wanted).flatMap((each) => room.members(each));
    return { chunk: all.map((event) => clientEvent(room, event, { user: userId, device: deviceId, now: core.clock.now() }, true)) };
  });
}

function aliasRoutes(site: Site): void {
  const { core } = site;
  const path = "/directory/room/:alias";
  clientRoute(site, "GET", path, (call) => ({ room_id: resolveRoom(core, call.param("alias")), servers: [core.serverName] }));
  clientRoute(site, "PUT", path, (call) => {
    const { userId } = call.caller();
    const alias = call.param("alias");
    if (core.state.aliases.has(alias)) throw new MatrixError(409, "M_UNKNOWN", `Room alias ${alias} already exists`);
    const room = roomFor(core, call.parsed(z.object({ room_id: z.string() })).room_id, userId, "write");
    core.state.commit({ kind: "alias", alias, roomId: room.id });
    return {};
  });
  clientRoute(site, "DELETE", path, (call) => {
    const alias = call.param("alias");
    const id = core.state.aliases.get(alias);
    if (id === undefined) throw notFound(`Room alias ${alias} not found`);
    roomFor(core, id, call.caller().userId, "write");
    core.state.commit({ kind: "alias", alias });
    return {};
  });
}
