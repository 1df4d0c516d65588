/** The audit log in the database: appended to, read, verified, and pruned from its old end only. */
import { setImmediate as turn } from "node:timers/promises";
import type { Kysely, Selectable } from "kysely";
import { faultIn, nextRow, type Link } from "./audit-chain.ts";
import type { Backend } from "./backend.ts";
import type { AuditTable, Tables } from "./schema.ts";
import type { AuditEntry, AuditFilter, AuditRow, AuditVerdict } from "./store.ts";
import { storable } from "./text.ts";

/** Rows read at a time when verifying. */
const page = 500;

export async function appendAudit(tx: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  const { last_seq, last_hash } = await tx.selectFrom("audit_chain").selectAll().executeTakeFirstOrThrow();
  const row = nextRow(
    { seq: last_seq, hash: last_hash },
    {
      at: entry.at,
      actor: storable(entry.actor),
      action: storable(entry.action),
      subject: storable(entry.subject),
      room: entry.room,
      eventId: entry.eventId,
      outcome: entry.outcome,
      detail: storable(entry.detail),
    },
  );
  const { eventId, room, ...rest } = row;
  await tx
    .insertInto("audit")
    .values({ ...rest, room: room ?? null, event_id: eventId ?? null })
    .execute();
  await tx.updateTable("audit_chain").set({ last_seq: row.seq, last_hash: row.hash }).execute();
}

/** The newest `limit` rows that fit, oldest first. */
export async function readAudit(db: Kysely<Tables>, { actor, subject, since, limit }: AuditFilter): Promise<readonly AuditRow[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(limit);
  if (actor !== undefined) query = query.where("actor", "=", actor);
  if (subject !== undefined) query = query.where("subject", "=", subject);
  if (since !== undefined) query = query.where("at", ">=", since);
  const rows = await query.execute();
  return rows.map(auditRow).toReversed();
}

/** Goes along the whole chain. Finds a row that was changed, removed, added or moved, at the end of the log too. */
export async function verifyAudit(backend: Backend): Promise<AuditVerdict> {
  return await backend.snapshot(async (db) => {
    const chain = await db.selectFrom("audit_chain").selectAll().executeTakeFirstOrThrow();
    let previous: Link = { seq: chain.pruned_seq, hash: chain.pruned_hash };
    for (;;) {
      const rows = await db.selectFrom("audit").selectAll().where("seq", ">", previous.seq).orderBy("seq").limit(page).execute();
      for (const row of rows.map(auditRow)) {
        const why = faultIn(previous, row);
        if (why !== undefined) return { ok: false, seq: previous.seq + 1, why };
        previous = row;
      }
      if (rows.length < page) break;
      // SQLite answers without ever waiting: let others have a turn.
      await turn();
    }
    if (previous.seq !== chain.last_seq || previous.hash !== chain.last_hash)
      return { ok: false, seq: previous.seq + 1, why: `the log ends at row ${previous.seq} but ${chain.last_seq} were written` };
    return { ok: true, rows: chain.last_seq - chain.pruned_seq };
  });
}

/** Removes the rows at the log's old end that are older than `before`; the anchor moves first, which is what lets them go. */
export async function pruneAudit(tx: Kysely<Tables>, before: number): Promise<number> {
  const { first } = await tx
    .selectFrom("audit")
    .select((row) => row.fn.min("seq").as("first"))
    .where("at", ">=", before)
    .executeTakeFirstOrThrow();
  const firstKept: number | null = first;
  let query = tx.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1);
  if (firstKept !== null) query = query.where("seq", "<", firstKept);
  const last = await query.executeTakeFirst();
  if (last === undefined) return 0;
  await tx.updateTable("audit_chain").set({ pruned_seq: last.seq, pruned_hash: last.hash }).execute();
  const { numDeletedRows } = await tx.deleteFrom("audit").where("seq", "<=", last.seq).executeTakeFirst();
  return Number(numDeletedRows);
}

function auditRow({ event_id, room, ...row }: Selectable<AuditTable>): AuditRow {
  return { ...row, room: room ?? undefined, eventId: event_id ?? undefined };
}
