/** The chain of the audit log: each row's hash covers the row and the hash before it. Pure. */
import { createHash } from "node:crypto";
import type { AuditEntry, AuditRow } from "./store.ts";

/** The end of what is there, or of what was pruned. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** The row that follows `previous`. Sequence numbers have no gaps. */
export function nextRow(previous: Link, entry: AuditEntry): AuditRow {
  const seq = previous.seq + 1;
  return { ...entry, seq, hash: hashOf(previous.hash, seq, entry) };
}

/** What is wrong with `row` as the one after `previous`, in words; `undefined` when nothing is. */
export function faultIn(previous: Link, row: AuditRow): string | undefined {
  if (row.seq !== previous.seq + 1) return `row ${previous.seq + 1} is missing`;
  return row.hash === hashOf(previous.hash, row.seq, row) ? undefined : `row ${row.seq}, or the one before it, was changed`;
}

/** An array, so that the order of fields is fixed and no field can pass for another. */
function hashOf(previous: string, seq: number, entry: AuditEntry): string {
  const { at, actor, action, subject, room, eventId, outcome, detail } = entry;
  const row = JSON.stringify([seq, at, actor, action, subject, room ?? null, eventId ?? null, outcome, detail]);
  return createHash("sha256").update(`${previous}\n${row}`).digest("hex");
}
