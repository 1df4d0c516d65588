/** Messages, reactions, redactions and state, in the order in which Synapse checks them. */
import { addEvent, roomFor, sameJson, spend, type Caller, type Core } from "./core.ts";
import { relationOf, type Json, type StoredEvent } from "./event.ts";
import { badRequest, forbidden, MatrixError } from "./matrix-error.ts";
import { powerOf, powerTo } from "./power.ts";
import type { Room } from "./room.ts";

/** Sends once for each transaction id of a device, however often it is asked. */
export function sendOnce(core: Core, caller: Caller, roomId: string, type: string, content: Json, transaction: string): StoredEvent {
  const room = roomFor(core, roomId, caller.userId, "write");
  spend(core, caller.userId, false);
  const before = core.state.sentBefore(roomId, caller.userId, caller.deviceId, transaction);
  if (before !== undefined) return before;
  if (type === "m.room.message") checkMessage(content);
  checkRelation(room, caller.userId, type, content);
  if (type === "m.room.redaction") checkRedaction(room, caller.userId, content);
  return counted(core, room, { type, content, sender: caller.userId, sentWith: { device: caller.deviceId, transaction } });
}

/** Sets a piece of state; setting what is there already changes nothing and gives the event that is there. */
export function setState(core: Core, caller: Caller, roomId: string, type: string, stateKey: string, content: Json): StoredEvent {
  const room = roomFor(core, roomId, caller.userId, "write");
  spend(core, caller.userId, false);
  const before = room.state(type, stateKey);
  if (before?.sender === caller.userId && sameJson(before.content, content)) return before;
  return counted(core, room, { type, content, sender: caller.userId, stateKey });
}

/** An event that costs a token of the sender's budget, taken only once all other checks are passed. */
export function counted(core: Core, room: Room, event: Parameters<typeof addEvent>[2]): StoredEvent {
  spend(core, event.sender, false);
  const stored = addEvent(core, room, event);
  spend(core, event.sender, true);
  return stored;
}

function checkMessage(content: Json): void {
  for (const key of ["body", "msgtype"]) {
    if (!(key in content)) throw badRequest(`'${key}' not in content`);
    if (typeof content[key] !== "string") throw badRequest(`'${key}' not a string type`);
  }
}

function checkRelation(room: Room, sender: string, type: string, content: Json): void {
  const relation = relationOf(content);
  if (relation === undefined) return;
  const parent = room.event(relation.parent);
  if (parent === undefined) throw badRequest("Can't send relation to unknown event");
  if (relation.type === "m.annotation") {
    if (relation.key === undefined) throw badRequest("Missing aggregation key");
    if (Array.from(relation.key).length > 500) throw badRequest("Aggregation key is too long");
    const twice = room.related(parent.eventId).some((each) => {
      const other = relationOf(each.content);
      return each.sender === sender && each.type === type && other?.type === "m.annotation" && other.key === relation.key;
    });
    if (twice) throw new MatrixError(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice");
  }
  if (relation.type === "m.thread" && relationOf(parent.content) !== undefined) throw badRequest("Cannot start threads from an event with a relation");
}

function checkRedaction(room: Room, sender: string, content: Json): void {
  const target = typeof content["redacts"] === "string" ? room.event(content["redacts"]) : undefined;
  if (target === undefined) throw new MatrixError(404, "M_NOT_FOUND", `Could not find event ${String(content["redacts"])}`);
  if (target.sender !== sender && powerOf(room, sender) < powerTo(room, "redact")) throw forbidden("You don't have permission to redact events");
}
