/** The rules that decide whether an event may enter a room, in Synapse's words. Pure: throws or says nothing. */
import { isJson, membershipOf, type StoredEvent } from "./event.ts";
import { badRequest, forbidden, MatrixError } from "./matrix-error.ts";
import { creators, joinRule, powerOf, powerTo, powerToSend, type RoomState } from "./power.ts";

export type Draft = Pick<StoredEvent, "content" | "sender" | "stateKey" | "type">;

const memberIn = (room: RoomState, user: string): string | undefined => membershipOf(room.state("m.room.member", user));

/** @throws {MatrixError} 403 or 400 when `event` may not enter `room`. */
export function authorise(room: RoomState & { readonly id: string }, event: Draft): void {
  if (event.type === "m.room.member" && event.stateKey !== undefined) {
    authoriseMembership(room, event, event.stateKey);
    return;
  }
  if (memberIn(room, event.sender) !== "join") throw forbidden(`User ${event.sender} not in room ${room.id}`);
  const needed = powerToSend(room, event.type, event.stateKey !== undefined);
  const has = powerOf(room, event.sender);
  if (has < needed) throw forbidden(`You don't have permission to post that to the room. user_level (${has}) < send_level (${needed})`);
  if (event.stateKey?.startsWith("@") === true && event.stateKey !== event.sender) throw forbidden("You are not allowed to set others state");
  if (event.type === "m.room.power_levels") authorisePowerLevels(room, event);
}

function authorisePowerLevels(room: RoomState, event: Draft): void {
  const users = event.content["users"];
  if (!room.version.creatorsRule || !isJson(users)) return;
  const named = creators(room).find((creator) => creator in users);
  if (named !== undefined) throw badRequest(`Creator user ${named} must not appear in content.users`);
}

function authoriseMembership(room: RoomState & { readonly id: string }, event: Draft, target: string): void {
  const { sender } = event;
  const wanted = event.content["membership"];
  const now = memberIn(room, target);
  if (wanted === "join") return authoriseJoin(room, sender, target, now);
  const declines = wanted === "leave" && target === sender && now === "invite";
  if (declines) return;
  if (memberIn(room, sender) !== "join") throw forbidden(`${sender} not in room ${room.id}.`);
  const has = powerOf(room, sender);
  switch (wanted) {
    case "invite":
      if (now === "ban") throw new MatrixError(403, "M_BAD_STATE", "Cannot invite user who was banned");
      if (now === "join") throw forbidden(`${target} is already in the room.`);
      if (has < powerTo(room, "invite")) throw forbidden("You don't have permission to invite users");
      return;
    case "leave":
      if (now === "ban" && has < powerTo(room, "ban")) throw forbidden(`You cannot unban user ${target}.`);
      if (target !== sender && now !== "ban" && (has < powerTo(room, "kick") || has <= powerOf(room, target)))
        throw forbidden(`You cannot kick user ${target}.`);
      return;
    case "ban":
      if (has < powerTo(room, "ban")) throw forbidden("You don't have permission to ban");
      if (has <= powerOf(room, target)) throw forbidden("You don't have permission to ban this user");
      return;
    default:
      throw badRequest(`Unknown membership ${String(wanted)}`, "M_INVALID_PARAM");
  }
}

function authoriseJoin(room: RoomState, sender: string, target: string, now: string | undefined): void {
  if (sender !== target) throw forbidden("Cannot force another user to join.");
  if (now === "ban") throw new MatrixError(403, "M_BAD_STATE", "Cannot join user who was banned");
  const first = room.state("m.room.join_rules", "") === undefined && creators(room)[0] === sender;
  if (first || now === "join" || now === "invite" || joinRule(room) === "public") return;
  throw forbidden("You are not invited to this room.");
}
