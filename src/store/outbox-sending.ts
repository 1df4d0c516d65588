/** What may go out now, and what became of it. */
import { sql, type Kysely } from "kysely";
import { messageByKey, outboxRow } from "./outbox-row.ts";
import type { Tables } from "./schema.ts";
import { lanes, type Reads, type Writes } from "./store.ts";

export function outboxReads(db: Kysely<Tables>): Pick<Reads, "sendable" | "outboxMessage" | "outboxDepth"> {
  return {
    sendable: async (now, limit, { urgentOnly } = { urgentOnly: false }) => {
      // A sealed message may have reached the homeserver already: its room sends nothing else before it, even while it must wait.
      const rows = await db
        .with("next", (query) =>
          query
            .selectFrom("outbox")
            .leftJoin("outbox as target", "target.key", "outbox.target_key")
            .select(["outbox.seq as next_seq", "outbox.not_before as due_at"])
            .select(
              sql<number>`row_number() over (partition by outbox.room order by case outbox.state when 'sealed' then 0 else 1 end, outbox.lane, outbox.seq)`.as(
                "place",
              ),
            )
            .where("outbox.ended_at", "is", null)
            .$if(urgentOnly, (urgent) => urgent.where((row) => row.or([row("outbox.state", "=", "sealed"), row("outbox.lane", "<", lanes.indexOf("rest"))])))
            .where((row) =>
              row.or([
                row("outbox.state", "=", "sealed"),
                row.and([row("outbox.not_before", "<=", now), row.or([row("outbox.target_key", "is", null), row("target.state", "=", "sent")])]),
              ]),
            ),
        )
        .selectFrom("next")
        .innerJoin("outbox", "outbox.seq", "next.next_seq")
        .selectAll("outbox")
        .where("place", "=", 1)
        .where("due_at", "<=", now)
        .orderBy("lane")
        .orderBy("seq")
        .limit(limit)
        .execute();
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

export function sendingWrites(tx: Kysely<Tables>): Pick<Writes, "seal" | "markSent" | "postpone"> {
  const stateOf = async (seq: number): Promise<string> => {
    const row = await tx.selectFrom("outbox").select("state").where("seq", "=", seq).executeTakeFirst();
    return row?.state ?? "not there";
  };
  return {
    seal: async (seq, content, revision) => {
      const sealed = await tx
        .updateTable("outbox")
        .set({ state: "sealed", content: JSON.stringify(content) })
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
