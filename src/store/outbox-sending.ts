/** What may go out now, and what became of it. */
import { sql, type Kysely, type Selectable } from "kysely";
import { messageByKey, outboxRow } from "./outbox-row.ts";
import type { OutboxTable, Tables } from "./schema.ts";
import { lanes, type Reads, type Writes } from "./store.ts";

export function outboxReads(db: Kysely<Tables>): Pick<Reads, "sendable" | "outboxMessage" | "outboxDepth"> {
  return {
    sendable: async (now, limit, { urgentOnly, except } = { urgentOnly: false, except: [] }) => {
      // A sealed message may have reached the homeserver already: its room sends nothing else before it, even while it must wait.
      // Each room is looked into for itself, along an index and no further than its first: what waits behind costs nothing.
      const urgent = urgentOnly ? sql`and free.lane < ${lanes.indexOf("rest")}` : sql``;
      const others = except.length === 0 ? sql`` : sql`and room not in (${sql.join(except)})`;
      const { rows } = await sql<Selectable<OutboxTable>>`
        with rooms as (select distinct room from outbox where ended_at is null ${others}),
          nearest as (
            select coalesce(
              (select begun.seq from outbox as begun where begun.room = rooms.room and begun.state = 'sealed' order by begun.seq limit 1),
              (select free.seq from outbox as free
                where free.room = rooms.room and free.ended_at is null and free.not_before <= ${now} ${urgent}
                  and (free.target_key is null or exists (select 1 from outbox as target where target.key = free.target_key and target.state = 'sent'))
                order by free.lane, free.seq limit 1)) as seq
            from rooms)
        select outbox.* from nearest join outbox on outbox.seq = nearest.seq
        where outbox.not_before <= ${now}
        order by outbox.lane, outbox.seq limit ${limit}`.execute(db);
      return rows.map(outboxRow);
    },
    outboxMessage: async (key) => await messageByKey(db, key),
    outboxDepth: async () => {
      const { waiting, oldest } = await db
        .selectFrom("outbox")
        .select((row) => [sql<number>`count(*)`.as("waiting"), row.fn.min("created_at").as("oldest")])
        .where("ended_at", "is", null)
        .executeTakeFirstOrThrow();
      // Kysely's type does not say that the least of no rows is null.
      const oldestAt: number | null = oldest;
      return { waiting, oldestAt: oldestAt ?? undefined };
    },
  };
}

export function sendingWrites(tx: Kysely<Tables>): Pick<Writes, "seal" | "encryptSealed" | "markSent" | "postpone"> {
  const stateOf = async (seq: number): Promise<string> => {
    const row = await tx.selectFrom("outbox").select("state").where("seq", "=", seq).executeTakeFirst();
    return row?.state ?? "not there";
  };
  return {
    seal: async (seq, content, revision, type) => {
      const sealed = await tx
        .updateTable("outbox")
        .set({ state: "sealed", content: JSON.stringify(content), ...(type === undefined ? {} : { type }) })
        .where("seq", "=", seq)
        .where("state", "=", "waiting")
        .$if(revision !== undefined, (query) => query.where("revision", "=", revision ?? 0))
        .returning("seq")
        .executeTakeFirst();
      if (sealed !== undefined) return true;
      const state = await stateOf(seq);
      if (state === "waiting") return false;
      throw new Error(`outbox message ${seq} cannot be sealed: it is ${state}`);
    },
    encryptSealed: async (seq, content) => {
      const changed = await tx
        .updateTable("outbox")
        .set({ type: "m.room.encrypted", content: JSON.stringify(content) })
        .where("seq", "=", seq)
        .where("state", "=", "sealed")
        .where("type", "!=", "m.room.encrypted")
        .returning("seq")
        .executeTakeFirst();
      if (changed === undefined) throw new Error(`outbox message ${seq} cannot be encrypted: it is ${await stateOf(seq)}`);
    },
    markSent: async (seq, eventId, now) => {
      const sent = await tx
        .updateTable("outbox")
        .set({ state: "sent", event_id: eventId, ended_at: now })
        .where("seq", "=", seq)
        .where("state", "=", "sealed")
        .returning("seq")
        .executeTakeFirst();
      if (sent === undefined) throw new Error(`outbox message ${seq} cannot have been sent: it is ${await stateOf(seq)}`);
    },
    postpone: async (seq, until) => {
      await tx
        .updateTable("outbox")
        .set((row) => ({ not_before: until, attempts: row("attempts", "+", 1) }))
        .where("seq", "=", seq)
        .where("ended_at", "is", null)
        .execute();
    },
  };
}
