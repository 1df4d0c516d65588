/** An outbox row as the rest of Opsroom sees it. */
import { createHash } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { parseContent, parseRelation } from "./json.ts";
import type { OutboxTable, Tables } from "./schema.ts";
import type { Relation, Target } from "../relation.ts";
import type { EventId } from "../ids.ts";
import { lanes, type Lane, type OutboxRow } from "./store.ts";

/** Made from the key alone, so that it is the same after whatever went wrong, and the homeserver knows the message again. */
export function transactionIdOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

export function withTarget(relation: Relation, target: Target): Relation {
  switch (relation.kind) {
    case "edit":
    case "redaction":
      return { ...relation, of: target };
    case "thread":
      return { ...relation, root: target };
    case "reply":
    case "reaction":
      return { ...relation, to: target };
    default:
      return relation satisfies never;
  }
}

/** The message that stands for `key`, which may be another one's that an edit was folded into. */
export async function messageByKey(db: Kysely<Tables>, key: string): Promise<OutboxRow | undefined> {
  const row = await db
    .selectFrom("outbox_key")
    .innerJoin("outbox", "outbox.seq", "outbox_key.seq")
    .selectAll("outbox")
    .where("outbox_key.key", "=", key)
    .executeTakeFirst();
  return row === undefined ? undefined : outboxRow(row);
}

/** The same without its content, which may be long: enough to know what hangs on what. */
export async function standingByKey(db: Kysely<Tables>, key: string): Promise<Standing | undefined> {
  const row = await db
    .selectFrom("outbox_key")
    .innerJoin("outbox", "outbox.seq", "outbox_key.seq")
    .select(["outbox.seq", "outbox.key", "outbox.lane", "outbox.relation", "outbox.state", "outbox.event_id as eventId"])
    .where("outbox_key.key", "=", key)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, lane: laneAt(row.lane), relation: row.relation === null ? undefined : parseRelation(row.relation) };
}

export interface Standing extends Pick<OutboxRow, "seq" | "key" | "lane" | "state"> {
  readonly relation: Relation | undefined;
  readonly eventId: EventId | null;
}

export function laneAt(index: number): Lane {
  const lane = lanes[index];
  if (lane === undefined) throw new RangeError(`the outbox has no such lane: ${index}`);
  return lane;
}

export function outboxRow(row: Selectable<OutboxTable>): OutboxRow {
  return {
    seq: row.seq,
    key: row.key,
    room: row.room,
    lane: laneAt(row.lane),
    type: row.type,
    content: parseContent(row.content),
    ...(row.relation === null ? {} : { relation: parseRelation(row.relation) }),
    state: row.state,
    transactionId: row.transaction_id,
    eventId: row.event_id ?? undefined,
    attempts: row.attempts,
    notBefore: row.not_before,
    createdAt: row.created_at,
    revision: row.revision,
  };
}
