/** What Opsroom remembers of a base backup that it began. */
import * as z from "zod";
import type { Store, Writes } from "../../store/store.ts";
import { askerShape, messageShape } from "../acting/message.ts";

export const runNoteKind = "backup.run";
export const runTimerKind = "backup.run";
const most = 200;

const shape = z.object({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  database: z.string(),
  /** Of the Backup. */
  backup: z.string(),
  /** The Backup's spec. */
  spec: z.record(z.string(), z.unknown()),
  by: askerShape,
  /** Milliseconds since 1970. */
  askedAt: z.number(),
  /** `making`: it may be there or not. `ended`: kept a while, so that the same command does not begin it again. */
  step: z.enum(["making", "following", "ended"]),
  message: messageShape,
});
export type RunRecord = z.infer<typeof shape>;

export const runKey = (id: string): string => `backup.run/${id}`;

export async function saveRun(tx: Writes, record: RunRecord, now: number): Promise<void> {
  await tx.saveNote({ kind: runNoteKind, name: record.id, updatedAt: now, body: JSON.stringify(record) });
}

export async function readRun(read: Pick<Store["read"], "note">, id: string): Promise<RunRecord | undefined> {
  const note = await read.note(runNoteKind, id);
  return note === undefined ? undefined : shape.parse(JSON.parse(note.body));
}

/** Newest first. */
export async function allRuns(read: Pick<Store["read"], "notes">): Promise<readonly RunRecord[]> {
  return (await read.notes(runNoteKind, most)).map(({ body }) => shape.parse(JSON.parse(body)));
}
