/**
 * Where the loop stands, in the store: at once together with events, now and then without. Most syncs only give our own messages back; what a crash
 * forgets of those is asked for again.
 */
import type { UserId, RoomId } from "../../ids.ts";
import type { InboxEvent, Store } from "../../store/store.ts";

export interface Progress {
  readonly events: readonly InboxEvent[];
  /** The token that tells of them. */
  readonly token: string;
  /** Messages said since the progress before, by room. */
  readonly messages: ReadonlyMap<RoomId, number>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface PositionKeeper {
  /** @returns how many of the events were new */
  readonly advance: (progress: Progress, atOnce: boolean) => Promise<number>;
}

const everyMs = 1000;

export function keepPosition(store: Pick<Store, "write">, account: UserId, homeserver: string): PositionKeeper {
  let uncounted: ReadonlyMap<RoomId, number> = new Map();
  let savedAt = 0;
  return {
    advance: async ({ events, token, messages, now }, atOnce) => {
      // Kept only when this is done: what fails is asked for again, and would count twice.
      const counts = new Map(uncounted);
      for (const [room, count] of messages) counts.set(room, (counts.get(room) ?? 0) + count);
      // A clock that was set back must not put it off for long.
      if (events.length === 0 && !atOnce && now >= savedAt && now - savedAt < everyMs) {
        uncounted = counts;
        return 0;
      }
      const accepted = await store.write(async (tx) => {
        const fresh = events.length === 0 ? [] : await tx.acceptEvents(events);
        for (const [room, count] of counts) await tx.countMessages(room, count);
        await tx.saveSyncPosition({ account, homeserver, token });
        return fresh.length;
      });
      uncounted = new Map();
      savedAt = now;
      return accepted;
    },
  };
}
