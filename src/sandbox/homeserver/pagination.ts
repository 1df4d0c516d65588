/** Reading a room's past: `/messages`, `/context` and `/relations`. */
import type { StoredEvent } from "./event.ts";
import { relationOf } from "./event.ts";
import { wantsEvent, type EventFilter } from "./filter.ts";
import type { Room } from "./room.ts";
import { eventsBetween } from "./timeline.ts";

export interface PageWish {
  readonly direction: "b" | "f";
  readonly from: number;
  readonly to: number | undefined;
  readonly limit: number;
  readonly filter: EventFilter | undefined;
}

export interface Page {
  /** In the order of `direction`. */
  readonly events: readonly StoredEvent[];
  /** From where to go on; `undefined` when nothing was left. */
  readonly end: number | undefined;
}

/** `until`: what the reader may not see beyond, as after a kick. */
export function page(room: Room, wish: PageWish, until: number): Page {
  const backwards = wish.direction === "b";
  const span = backwards ? eventsBetween(room, wish.to ?? 0, Math.min(wish.from, until)) : eventsBetween(room, wish.from, Math.min(wish.to ?? until, until));
  const matching = span.filter((event) => wantsEvent(wish.filter, event));
  const events = backwards ? matching.slice(-wish.limit).toReversed() : matching.slice(0, wish.limit);
  const last = events.at(-1);
  if (last === undefined) return { events, end: undefined };
  return { events, end: backwards ? last.position - 1 : last.position };
}

export function related(room: Room, parent: string, relType: string | undefined, eventType: string | undefined): readonly StoredEvent[] {
  return room
    .related(parent)
    .filter((event) => (relType === undefined || relationOf(event.content)?.type === relType) && (eventType === undefined || event.type === eventType));
}
