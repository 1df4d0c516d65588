/** What the room was told last of backups: the next look is compared with it, also after a restart. */
import * as z from "zod";
import { jsonOf } from "../json.ts";
import type { Writes } from "../store/store.ts";
import { checkNames, verdictStates, type BackupPicture } from "./verdict.ts";

const kind = "backup.picture";
const name = "told";

const check = z.object({
  name: z.enum(checkNames),
  state: z.enum(verdictStates),
  reason: z.string(),
  remedy: z.string().optional(),
  ageMs: z.number().optional(),
});
const verdict = z.object({
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string(),
  method: z.string(),
  checks: z.array(check),
  state: z.enum(verdictStates),
  baseAgeMs: z.number().optional(),
  window: z.object({ from: z.number(), to: z.number().optional() }).optional(),
});
const shape = z.object({
  verdicts: z.array(verdict),
  gaps: z.array(z.object({ source: z.string(), error: z.string() })),
  state: z.enum(verdictStates),
  at: z.number(),
});

/** `undefined` when nothing was told yet, or by a version that wrote it in another shape: then all is told anew, rather than never again. */
export async function readTold(tx: Pick<Writes, "readNote">): Promise<BackupPicture | undefined> {
  const note = await tx.readNote(kind, name);
  const value = note === undefined ? undefined : jsonOf(note.body);
  return isPicture(value) ? value : undefined;
}

export async function saveTold(tx: Pick<Writes, "saveNote">, picture: BackupPicture): Promise<void> {
  await tx.saveNote({ kind, name, updatedAt: picture.at, body: JSON.stringify(picture) });
}

/** JSON leaves out what is `undefined`. */
function isPicture(value: unknown): value is BackupPicture {
  return shape.safeParse(value).success;
}
