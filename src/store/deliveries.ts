/** Deliveries of alerts that wait to be worked off, in the order in which they came. */
import { sql, type Kysely } from "kysely";
import type { AlertReads, AlertWrites } from "./alert-store.ts";
import { binaryChunks } from "./chunks.ts";
import type { Tables } from "./schema.ts";

export function deliveryReads(db: Kysely<Tables>): Pick<AlertReads, "pendingGroups" | "pendingDeliveries" | "deliveryDepth"> {
  return {
    pendingGroups: async (limit) => {
      const { rows } = await sql<{ group: string }>`
        select group_id as "group" from alert_delivery where done_at is null group by group_id order by min(seq) limit ${limit}`.execute(db);
      return rows.map(({ group }) => group);
    },
    pendingDeliveries: async (limit, group) =>
      await db
        .selectFrom("alert_delivery")
        .select(["seq", "key", "sender", "group_id as group", "received_at as receivedAt", "body"])
        .where("done_at", "is", null)
        .$if(group !== undefined, (all) => all.where("group_id", "=", group ?? ""))
        .orderBy("seq")
        .limit(limit)
        .execute(),
    deliveryDepth: async () => {
      const pending = db.selectFrom("alert_delivery").where("done_at", "is", null);
      const { waiting } = await pending.select(sql<number>`count(*)`.as("waiting")).executeTakeFirstOrThrow();
      // By way of the index on what waits: what is finished is far more.
      const oldest = await db
        .selectFrom("alert_delivery")
        .select("received_at")
        .where("seq", "=", pending.select(sql<number>`min(seq)`.as("oldest")))
        .executeTakeFirst();
      const { deadLetters } = await db
        .selectFrom("alert_dead_letter")
        .select(sql<number>`count(*)`.as("deadLetters"))
        .executeTakeFirstOrThrow();
      return { waiting, oldestAt: oldest?.received_at, deadLetters };
    },
  };
}

/** Finished ones are of use only for knowing copies: so many stay at most, however young they are. */
const mostFinished = 200_000;

export function deliveryWrites(tx: Kysely<Tables>): Pick<AlertWrites, "finishDeliveries"> {
  return {
    finishDeliveries: async (seqs, now) => {
      for (const some of binaryChunks(seqs))
        await tx.updateTable("alert_delivery").set({ done_at: now, body: "" }).where("seq", "in", some).where("done_at", "is", null).execute();
      // Their numbers have next to no gaps.
      const oldestKept = seqs.reduce((most, seq) => Math.max(most, seq), 0) - mostFinished;
      if (oldestKept > 0) await tx.deleteFrom("alert_delivery").where("seq", "<=", oldestKept).where("done_at", "is not", null).execute();
    },
  };
}

/** @param before milliseconds since 1970: what was finished earlier goes, and senders that were not heard of since */
export async function pruneDeliveries(tx: Kysely<Tables>, before: number): Promise<number> {
  const deliveries = await tx.deleteFrom("alert_delivery").where("done_at", "<", before).executeTakeFirst();
  const senders = await tx.deleteFrom("alert_sender").where("heard_at", "<", before).executeTakeFirst();
  return Number(deliveries.numDeletedRows) + Number(senders.numDeletedRows);
}
