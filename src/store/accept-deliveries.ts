/** Keeping what came by webhook: copies known, all of a batch in one transaction. */
import { sql, type Kysely } from "kysely";
import type { DeliveryRecord, OpenWrites } from "./alert-store.ts";
import { binaryChunks } from "./chunks.ts";
import { judgeCopies, type Earlier, type Standing } from "./delivery-copies.ts";
import { DeliveriesFull } from "./errors.ts";
import type { Tables } from "./schema.ts";
import { storable } from "./text.ts";

/** Within a transaction that is alone in doing so. @throws DeliveriesFull */
export async function acceptDeliveries(
  tx: Kysely<Tables>,
  deliveries: readonly DeliveryRecord[],
  { copyWindowMs, limit }: Parameters<OpenWrites["acceptDeliveries"]>[1],
): Promise<number> {
  const records = deliveries.map((each) => ({ ...each, key: storable(each.key), sender: storable(each.sender), group: storable(each.group) }));
  const { fresh, standings } = judgeCopies(records, await newestOfEach(tx, records), await standingsOf(tx, records), copyWindowMs);
  if (fresh.length > 0 && (await pendingUpTo(tx, limit)) + fresh.length > limit) throw new DeliveriesFull(limit);
  const seqs = await insert(tx, fresh);
  const heardAt = Math.max(...deliveries.map((each) => each.receivedAt));
  const rows = standings.map(({ group, sender, at }) => ({
    group_id: group,
    sender,
    last_seq: "seq" in at ? at.seq : seqOf(seqs, at.fresh),
    heard_at: heardAt,
  }));
  for (const some of binaryChunks(rows))
    await tx
      .insertInto("alert_sender")
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(["group_id", "sender"]).doUpdateSet((row) => ({ last_seq: row.ref("excluded.last_seq"), heard_at: row.ref("excluded.heard_at") })),
      )
      .execute();
  return fresh.length;
}

/** The newest delivery of each key. */
async function newestOfEach(tx: Kysely<Tables>, deliveries: readonly DeliveryRecord[]): Promise<readonly Earlier[]> {
  const found: Earlier[] = [];
  for (const keys of binaryChunks([...new Set(deliveries.map((each) => each.key))])) {
    const { rows } = await sql<{ key: string; group: string; seq: number; receivedAt: number; doneAt: number | null; supersededAt: number | null }>`
      with wanted (key) as (values ${sql.join(keys.map((key) => sql`(${key})`))}),
        newest (seq) as materialized (select (select max(seq) from alert_delivery where alert_delivery.key = wanted.key) from wanted)
      select kept.key, kept.group_id as "group", kept.seq, kept.received_at as "receivedAt", kept.done_at as "doneAt",
        (select next.received_at from alert_delivery as next where next.group_id = kept.group_id and next.seq > kept.seq order by next.seq limit 1)
          as "supersededAt"
      from newest join alert_delivery as kept on kept.seq = newest.seq`.execute(tx);
    for (const { doneAt, supersededAt, ...row } of rows) found.push({ ...row, pending: doneAt === null, supersededAt: supersededAt ?? undefined });
  }
  return found;
}

async function standingsOf(tx: Kysely<Tables>, deliveries: readonly DeliveryRecord[]): Promise<readonly Standing[]> {
  const found: Standing[] = [];
  for (const some of binaryChunks(deliveries)) {
    const { rows } = await sql<Standing>`
      with wanted (group_id, sender) as (values ${sql.join(some.map(({ group, sender }) => sql`(${group}, ${sender})`))})
      select alert_sender.group_id as "group", alert_sender.sender, alert_sender.last_seq as seq
      from wanted join alert_sender on alert_sender.group_id = wanted.group_id and alert_sender.sender = wanted.sender`.execute(tx);
    found.push(...rows);
  }
  return found;
}

/** How many wait; counted no further than `limit`. */
async function pendingUpTo(tx: Kysely<Tables>, limit: number): Promise<number> {
  const { count } = await tx
    .selectFrom((query) => query.selectFrom("alert_delivery").select("seq").where("done_at", "is", null).limit(limit).as("pending"))
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

/** Answers their numbers, in order. */
async function insert(tx: Kysely<Tables>, deliveries: readonly DeliveryRecord[]): Promise<readonly number[]> {
  const seqs: number[] = [];
  for (const some of binaryChunks(deliveries)) {
    const rows = await tx
      .insertInto("alert_delivery")
      .values(some.map(({ key, sender, group, receivedAt, body }) => ({ key, sender, group_id: group, received_at: receivedAt, body, done_at: null })))
      .returning("seq")
      .execute();
    // They are numbered in the order given, but not always answered in it.
    seqs.push(...rows.map((row) => row.seq).toSorted((one, another) => one - another));
  }
  return seqs;
}

function seqOf(seqs: readonly number[], index: number): number {
  const seq = seqs[index];
  if (seq === undefined) throw new RangeError(`the database kept ${seqs.length} deliveries, and not the one at ${index}`);
  return seq;
}
