/** How much was said in the rooms: whoever keeps a message true must know whether people still see it. */
import type { RoomId } from "../../ids.ts";
import type { JoinedRoom, TimelineEvent } from "./answer.ts";

/** Messages by room that push what stands above them further up: no edits, nothing in threads. Those of a gap are not counted. */
export function countMessages(joined: readonly Pick<JoinedRoom, "room" | "events">[]): ReadonlyMap<RoomId, number> {
  return new Map(joined.map(({ room, events }) => [room, events.filter(standsInTheRoom).length] as const).filter(([, count]) => count > 0));
}

function standsInTheRoom({ type, content, redacted }: TimelineEvent): boolean {
  if ((type !== "m.room.message" && type !== "m.room.encrypted") || redacted) return false;
  const relation = content["m.relates_to"];
  const kind = typeof relation === "object" && relation !== null && "rel_type" in relation ? relation.rel_type : undefined;
  return kind !== "m.replace" && kind !== "m.thread";
}
