/** Queuing a message: once for each key, and edits of what has not gone out yet folded into it. */
import { sql, type Kysely } from "kysely";
import type { Log } from "../observe/log.ts";
import { OutboxFull } from "./errors.ts";
import { laneAt, standingByKey, transactionIdOf, withTarget, type Standing } from "./outbox-row.ts";
import { targetOf, type Relation, type Target } from "../relation.ts";
import type { Tables } from "./schema.ts";
import { lanes, type OutgoingMessage } from "./store.ts";
import { storable } from "./text.ts";

export interface OutboxOptions {
  /** Unsent messages held at most. */
  readonly outboxLimit: number;
  readonly log: Log;
}

/** @throws OutboxFull */
export async function enqueue(tx: Kysely<Tables>, message: OutgoingMessage, now: number, { outboxLimit, log }: OutboxOptions): Promise<void> {
  if (await isKnown(tx, message.key)) return;
  const { relation, standsOn } = await settle(tx, message.relation);
  if (relation?.kind === "edit") {
    const waiting = typeof standsOn === "object" && standsOn.state === "waiting" ? standsOn : await waitingEdit(tx, message, relation.of);
    if (waiting !== undefined) {
      await fold(tx, message, waiting);
      return;
    }
  }
  if (standsOn === "dropped") log.warn({ key: message.key, room: message.room }, "a message is not sent: what it hangs on was refused");
  else if ((await unsent(tx)) >= outboxLimit) throw new OutboxFull(outboxLimit);
  if (standsOn === "unknown") log.warn({ key: message.key, room: message.room }, "what a message hangs on is not known, or no more: it stands alone");
  await insert(tx, message, relation, now, standsOn);
}

async function isKnown(tx: Kysely<Tables>, key: string): Promise<boolean> {
  return (await tx.selectFrom("outbox_key").select("seq").where("key", "=", key).executeTakeFirst()) !== undefined;
}

interface Settled {
  readonly relation: Relation | undefined;
  /** The message of ours that it hangs on, if it is one. */
  readonly standsOn: Standing | "dropped" | "unknown" | undefined;
}

/** Names the target by its own key; what hangs on an edit hangs, in Matrix, on the message that was edited (but redacting an edit means the edit). */
async function settle(tx: Kysely<Tables>, relation: Relation | undefined): Promise<Settled> {
  if (relation === undefined) return { relation, standsOn: undefined };
  const target = targetOf(relation);
  if (!("key" in target)) return { relation, standsOn: undefined };
  const row = await standingByKey(tx, target.key);
  if (row === undefined) return { relation, standsOn: "unknown" };
  if (row.relation?.kind === "edit" && relation.kind !== "redaction") {
    const edited = withTarget(relation, row.relation.of);
    return await settle(tx, edited);
  }
  return { relation: withTarget(relation, { key: row.key }), standsOn: row.state === "dropped" ? "dropped" : row };
}

type Waiting = Pick<Standing, "seq" | "lane">;

async function waitingEdit(tx: Kysely<Tables>, { room }: OutgoingMessage, of: Target): Promise<Waiting | undefined> {
  const row = await tx
    .selectFrom("outbox")
    .select(["seq", "lane"])
    .where("state", "=", "waiting")
    .where("relation_kind", "=", "edit")
    .where("room", "=", room)
    .where((column) => ("key" in of ? column("target_key", "=", of.key) : column("target_event", "=", of.event)))
    .executeTakeFirst();
  return row === undefined ? undefined : { seq: row.seq, lane: laneAt(row.lane) };
}

/** The newer content takes the older one's place in the queue, and the more urgent of the two lanes. */
async function fold(tx: Kysely<Tables>, message: OutgoingMessage, into: Waiting): Promise<void> {
  await tx
    .updateTable("outbox")
    .set((row) => ({
      content: JSON.stringify(message.content),
      lane: Math.min(lanes.indexOf(into.lane), lanes.indexOf(message.lane)),
      revision: row("revision", "+", 1),
    }))
    .where("seq", "=", into.seq)
    .execute();
  await tx.insertInto("outbox_key").values({ key: message.key, seq: into.seq }).execute();
}

async function insert(tx: Kysely<Tables>, message: OutgoingMessage, relation: Relation | undefined, now: number, standsOn: Settled["standsOn"]): Promise<void> {
  // A target that is not known would hold it back for ever.
  const target = relation === undefined || standsOn === "unknown" ? undefined : targetOf(relation);
  const dropped = standsOn === "dropped";
  const { seq } = await tx
    .insertInto("outbox")
    .values({
      key: message.key,
      room: message.room,
      lane: lanes.indexOf(message.lane),
      type: storable(message.type),
      content: JSON.stringify(message.content),
      relation: relation === undefined ? null : JSON.stringify(relation),
      relation_kind: relation?.kind ?? null,
      target_key: target !== undefined && "key" in target ? target.key : null,
      target_event: target !== undefined && "event" in target ? target.event : null,
      state: dropped ? "dropped" : "waiting",
      transaction_id: transactionIdOf(message.key),
      event_id: null,
      not_before: 0,
      created_at: now,
      ended_at: dropped ? now : null,
      reason: dropped ? "what it hangs on was refused" : null,
    })
    .returning("seq")
    .executeTakeFirstOrThrow();
  await tx.insertInto("outbox_key").values({ key: message.key, seq }).execute();
}

async function unsent(tx: Kysely<Tables>): Promise<number> {
  const { count } = await tx
    .selectFrom("outbox")
    .select(sql<number>`count(*)`.as("count"))
    .where("ended_at", "is", null)
    .executeTakeFirstOrThrow();
  return count;
}
