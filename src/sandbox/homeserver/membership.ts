/** Joining, inviting, leaving, kicking, banning: each is a member event, and each costs a token of the rate limit. */
import { profileContent, type Caller, type Core } from "./core.ts";
import type { StoredEvent } from "./event.ts";
import { badRequest, forbidden, MatrixError, notFound } from "./matrix-error.ts";
import type { Room } from "./room.ts";
import { counted } from "./sending.ts";

/** Room id of an id or an alias. @throws {MatrixError} 404 */
export function resolveRoom(core: Core, idOrAlias: string): string {
  if (!idOrAlias.startsWith("#")) return idOrAlias;
  const id = core.state.aliases.get(idOrAlias);
  if (id === undefined) throw notFound(`Room alias ${idOrAlias} not found`);
  return id;
}

export function join(core: Core, caller: Caller, idOrAlias: string): Room {
  const id = resolveRoom(core, idOrAlias);
  const room = core.state.rooms.get(id);
  if (room === undefined) throw new MatrixError(404, "M_UNKNOWN", "Can't join remote room because no servers that are in the room have been provided.");
  if (room.membership(caller.userId) !== "join") change(core, caller, room, caller.userId, "join", undefined);
  return room;
}

export function leave(core: Core, caller: Caller, roomId: string, reason: string | undefined): void {
  const room = knownRoom(core, roomId);
  const membership = room.membership(caller.userId);
  // Leaving what one has left is no mistake.
  if (membership === "leave") return;
  if (membership === undefined) throw forbidden(`User ${caller.userId} not in room ${roomId}`);
  change(core, caller, room, caller.userId, "leave", reason);
}

/** Kick, ban, unban or invite somebody else. */
export function setMembership(
  core: Core,
  caller: Caller,
  roomId: string,
  target: { readonly user: string; readonly act: "ban" | "invite" | "kick" | "unban" },
  reason: string | undefined,
): void {
  const room = knownRoom(core, roomId);
  const now = room.membership(target.user);
  if (target.act === "kick" && now !== "join" && now !== "invite") throw forbidden("The target user is not in the room");
  if (target.act === "unban" && now !== "ban") throw badRequest("Cannot unban user who was not banned", "M_BAD_STATE");
  const membership = target.act === "kick" || target.act === "unban" ? "leave" : target.act;
  change(core, caller, room, target.user, membership, reason);
}

export function forget(core: Core, caller: Caller, roomId: string): void {
  const membership = knownRoom(core, roomId).membership(caller.userId);
  if (membership === "join" || membership === "invite") throw badRequest(`User ${caller.userId} in room ${roomId}`);
  core.state.commit({ kind: "forgotten", roomId, userId: caller.userId });
}

/** A new name goes into every room the person is in, as on Synapse. */
export function showNewName(core: Core, caller: Caller): void {
  for (const room of core.state.rooms.values()) {
    if (room.membership(caller.userId) === "join") change(core, caller, room, caller.userId, "join", undefined);
  }
}

function knownRoom(core: Core, roomId: string): Room {
  const room = core.state.rooms.get(roomId);
  if (room === undefined) throw new MatrixError(404, "M_UNKNOWN", "Not a known room");
  return room;
}

function change(core: Core, caller: Caller, room: Room, target: string, membership: string, reason: string | undefined): StoredEvent {
  const named = membership === "join" || membership === "invite" ? profileContent(core, target) : {};
  const content = { ...named, membership, ...(reason === undefined ? {} : { reason }) };
  return counted(core, room, { type: "m.room.member", stateKey: target, sender: caller.userId, content });
}
