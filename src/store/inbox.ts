/** Events of the rooms, each dealt with once, and where the sync loop stands. */
import type { Kysely, Selectable } from "kysely";
import type { EventId } from "../ids.ts";
import { chunks } from "./chunks.ts";
import { parseContent } from "./json.ts";
import type { InboxTable, Tables } from "./schema.ts";
import type { PendingEvent, Reads, Writes } from "./store.ts";
import { storable } from "./text.ts";

type InboxReads = Pick<Reads, "pendingEvents" | "knownEvents" | "syncPosition">;
type InboxWrites = Pick<Writes, "acceptEvents" | "beginEvent" | "finishEvent" | "saveSyncPosition">;

/** Rows, or ids, of one statement. */
const perStatement = 200;

export function inboxReads(db: Kysely<Tables>): InboxReads {
  return {
    pendingEvents: async (limit, afterSeq = 0) => {
      const rows = await db
        .selectFrom("inbox")
        .selectAll()
        .where("finished_at", "is", null)
        .where("waits_for", "is", null)
        .where("seq", ">", afterSeq)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map(pendingEvent);
    },
    knownEvents: async (events) => {
      const known = new Set<EventId>();
      for (const some of chunks(events, perStatement)) {
        const rows = await db.selectFrom("inbox").select("event_id").where("event_id", "in", some).execute();
        for (const row of rows) known.add(row.event_id);
      }
      return known;
    },
    syncPosition: async () => await db.selectFrom("sync_position").select(["account", "homeserver", "token"]).executeTakeFirst(),
  };
}

/** @param now milliseconds since 1970: retention counts from when we finished an event, not from what its homeserver calls its time */
export function inboxWrites(tx: Kysely<Tables>, now: () => number): InboxWrites {
  return {
    acceptEvents: async (events) => {
      const accepted = new Set<EventId>();
      for (const some of chunks(events, perStatement)) {
        const rows = await tx
          .insertInto("inbox")
          .values(
            some.map((event) => ({
              event_id: event.eventId,
              room: event.room,
              sender: event.sender,
              type: storable(event.type),
              sent_at: event.sentAt,
              content: JSON.stringify(event.content),
              late: event.late ? 1 : 0,
              finished_at: null,
            })),
          )
          .onConflict((conflict) => conflict.column("event_id").doNothing())
          .returning("event_id")
          .execute();
        for (const row of rows) accepted.add(row.event_id);
      }
      return [...new Set(events.map((event) => event.eventId))].filter((id) => accepted.has(id));
    },
    beginEvent: async (event) => {
      await tx
        .updateTable("inbox")
        .set((row) => ({ attempts: row("attempts", "+", 1) }))
        .where("event_id", "=", event)
        .execute();
    },
    finishEvent: async (event) => {
      await tx
        .updateTable("inbox")
        .set({ finished_at: now(), content: "{}", waits_for: null })
        .where("event_id", "=", event)
        .where("finished_at", "is", null)
        .execute();
    },
    saveSyncPosition: async ({ account, homeserver, token }) => {
      const position = { account, homeserver, token };
      await tx
        .insertInto("sync_position")
        .values({ id: 1, ...position })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(position))
        .execute();
    },
  };
}

export function pendingEvent(row: Selectable<InboxTable>): PendingEvent {
  return {
    seq: row.seq,
    attempts: row.attempts,
    eventId: row.event_id,
    room: row.room,
    sender: row.sender,
    type: row.type,
    sentAt: row.sent_at,
    content: parseContent(row.content),
    late: row.late === 1,
  };
}
