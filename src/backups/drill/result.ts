/** How the last drill of each PostgreSQL cluster went: for `!backup NAME` and the metrics. */
import * as z from "zod";
import type { Store, Writes } from "../../store/store.ts";

export const drillResultKind = "backup.drill.result";
const most = 1000;

const shape = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** `differs`: restored, and something is not as it is in the source. */
  verdict: z.enum(["ok", "differs", "failed", "aborted"]),
  /** Why it failed; what differs. */
  words: z.string().optional(),
  backup: z.string().optional(),
  /** The time it went back to, if it was asked to. All times are milliseconds since 1970. */
  at: z.number().optional(),
  begunAt: z.number(),
  endedAt: z.number(),
  /** From the creation of the copy until it answered: what a restore takes. */
  restoreMs: z.number().optional(),
  /** How much older than the beginning of the drill the newest thing in the copy is: what a restore loses. */
  lostMs: z.number().optional(),
  /** How that is known. */
  lostBy: z.enum(["event", "transaction", "wal"]).optional(),
  bytes: z.number().optional(),
});
export type DrillResult = z.infer<typeof shape>;

export async function saveDrillResult(tx: Writes, result: DrillResult): Promise<void> {
  const name = JSON.stringify([result.cluster, result.namespace, result.name]);
  await tx.saveNote({ kind: drillResultKind, name, updatedAt: result.endedAt, body: JSON.stringify(result) });
}

/** The last of each, newest first. */
export async function drillResults(read: Pick<Store["read"], "notes">): Promise<readonly DrillResult[]> {
  return (await read.notes(drillResultKind, most)).map(({ body }) => shape.parse(JSON.parse(body)));
}
