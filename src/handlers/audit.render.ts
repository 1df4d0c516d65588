import type { View } from "../chat/command.ts";
import type { Line, Reply } from "../chat/line.ts";
import { since } from "../chat/render/units.ts";
import type { AuditRow } from "../store/store.ts";

export interface AuditAnswer {
  readonly rows: readonly AuditRow[];
  /** The bound that `rows` was cut at. */
  readonly most: number;
}

const shownInRoom = 8;
const marks = { ok: "✅", refused: "🚫", failed: "🔴" } as const;

export function render({ rows, most }: AuditAnswer, view: View): Reply {
  if (rows.length === 0) return { room: [{ text: "Nothing in the audit log about that." }] };
  const ordered = rows.toSorted((a, b) => a.seq - b.seq);
  const line = (row: AuditRow): Line => ({
    item: `${marks[row.outcome]} #${row.seq} ${since(row.at, view)} — ${row.actor}: ${row.action} ${row.subject}${row.detail === "" ? "" : ` (${row.detail})`}`,
  });
  const headline: Line = { text: rows.length < most ? `${rows.length} entries` : `the newest ${most} entries`, strong: true };
  if (ordered.length <= shownInRoom) return { room: [headline, ...ordered.map(line)] };
  return {
    room: [headline, ...ordered.slice(-shownInRoom).map(line), { text: "The others are in the thread." }],
    thread: ordered.slice(0, -shownInRoom).map(line),
  };
}
