/**
 * Which of a room's events a sync shows, whether it leaves a gap, and from where one may read the gap back.
 * The steps are those of Synapse 1.163 (`SyncHandler._load_filtered_recents`), down to its odd `prev_batch` when nothing was cut.
 */
import type { StoredEvent } from "./event.ts";
import { timelineLimit, wantsEvent, type Filter } from "./filter.ts";
import type { Room } from "./room.ts";

export interface TimelineBatch {
  readonly events: readonly StoredEvent[];
  readonly prevBatch: number;
  readonly limited: boolean;
}

export interface TimelineWish {
  /** `undefined`: the client has nothing of this room yet. */
  readonly since: number | undefined;
  readonly end: number;
  readonly newlyJoined: boolean;
  /** Look back from `end` rather than take what came since, as for a room just left. */
  readonly lookBack: boolean;
}

const pagesAtMost = 5;

export function timelineBatch(room: Room, filter: Filter, wish: TimelineWish): TimelineBatch {
  const limit = timelineLimit(filter);
  const wanted = (event: StoredEvent): boolean => wantsEvent(filter.room?.timeline, event);
  const recent = wish.lookBack || wish.since === undefined ? undefined : eventsBetween(room, wish.since, wish.end).slice(-(limit + 1));
  const oldestRecent = recent?.[0];
  const from = oldestRecent === undefined ? (recent === undefined ? wish.end : (wish.since ?? wish.end)) : oldestRecent.position - 1;
  if (limit === 0) return { events: [], prevBatch: from, limited: false };
  let limited = recent === undefined || wish.newlyJoined || recent.length > limit;
  let events = (recent ?? []).filter(wanted);
  if (!limited) return { events, prevBatch: (events[0]?.position ?? from + 1) - 1, limited };

  const oldest = wish.newlyJoined ? 0 : (wish.since ?? 0);
  const pageSize = Math.max(limit * 2, 10);
  let cursor = from;
  for (let page = 0; limited && events.length < limit && page < pagesAtMost; page += 1) {
    const older = eventsBetween(room, oldest, cursor).slice(-pageSize);
    limited = older.length === pageSize;
    cursor = (older[0]?.position ?? 1) - 1;
    events = [...older.filter(wanted), ...events];
  }
  if (events.length <= limit) return { events, prevBatch: from, limited: limited || wish.newlyJoined };
  events = events.slice(-limit);
  return { events, prevBatch: (events[0]?.position ?? 1) - 1, limited: true };
}

/** Events after `since` up to and with `end`, oldest first. */
export function eventsBetween(room: Room, since: number, end: number): readonly StoredEvent[] {
  return room.timeline.slice(room.indexAfter(since), room.indexAfter(end));
}

/** State that the client needs besides the timeline to know the room at the end of it (Synapse's `_calculate_state`). */
export function stateDelta(room: Room, batch: TimelineBatch, wish: TimelineWish, full: boolean): readonly StoredEvent[] {
  const first = batch.events[0];
  if (!full && !batch.limited && isGapless(room, batch, wish.since ?? 0)) return [];
  const known = full ? new Map<string, StoredEvent>() : room.stateAt(wish.since ?? 0);
  const merged = new Map([...room.stateAt(first?.position ?? wish.end), ...room.stateAt(wish.end)]);
  const shown = new Set(batch.events);
  // What the timeline changes later is still needed as it was when the timeline begins.
  for (const [slot, event] of first === undefined ? [] : room.stateAt(first.position)) {
    if (shown.has(merged.get(slot) ?? event)) merged.set(slot, event);
  }
  return [...merged].filter(([slot, event]) => known.get(slot) !== event && !shown.has(event)).map(([, event]) => event);
}

/** Whether the timeline goes on right where the last sync ended, so that no state change can have been left out. */
function isGapless(room: Room, batch: TimelineBatch, since: number): boolean {
  const start = room.indexAfter(since);
  return batch.events.every((event, index) => room.timeline[start + index] === event);
}
