/** What Opsroom remembers of the drill that is under way. There is one at a time, so its note has one name. */
import * as z from "zod";
import type { Store, Writes } from "../../store/store.ts";
import { askerShape, messageShape } from "../acting/message.ts";

export const drillNoteKind = "backup.drill";
export const drillTimerKind = "backup.drill";
const noteName = "open";

const answerShape = z.discriminatedUnion("ok", [z.object({ ok: z.literal(true), value: z.unknown() }), z.object({ ok: z.literal(false), words: z.string() })]);
const json = z.record(z.string(), z.unknown());

const shape = z.object({
  id: z.string(),
  /** The Kubernetes cluster's name in the configuration. */
  cluster: z.string(),
  source: z.object({ namespace: z.string(), name: z.string() }),
  /** The namespace and the name of the throw-away cluster. */
  place: z.object({ namespace: z.string(), name: z.string() }),
  backup: z.object({ name: z.string().optional(), endedAt: z.number() }),
  /** The time to go back to. All times are milliseconds since 1970. */
  at: z.number().optional(),
  /** What is made, without any secret: those are copied from Secret to Secret. */
  objects: z.object({
    secrets: z.array(z.object({ name: z.string(), keys: z.union([z.array(z.string()), z.literal("all")]), to: z.string() })),
    objectStore: json.optional(),
    cluster: json,
  }),
  by: askerShape,
  begunAt: z.number(),
  deadlineAt: z.number(),
  /**
   * What may be done now, recorded before it is done. `copying`: Secrets and ObjectStore. `creating`: the Cluster. `restoring`: it is waited for. `asking`: source and
   * copy. `cleaning`: all that was made is deleted.
   */
  step: z.enum(["copying", "creating", "restoring", "asking", "cleaning"]),
  createdAt: z.number().optional(),
  readyAt: z.number().optional(),
  /** The copy's primary. */
  primary: z.string().optional(),
  answers: z.array(z.object({ key: z.string(), source: answerShape.optional(), copy: answerShape.optional() })),
  failure: z.object({ words: z.string(), remedy: z.string().optional(), aborted: z.boolean() }).optional(),
  cleaningSince: z.number().optional(),
  message: messageShape,
});
export type DrillRecord = z.infer<typeof shape>;

export const drillKey = (id: string): string => `backup.drill/${id}`;

export async function saveDrill(tx: Writes, record: DrillRecord, now: number): Promise<void> {
  await tx.saveNote({ kind: drillNoteKind, name: noteName, updatedAt: now, body: JSON.stringify(record) });
}

/** Within a transaction, or outside. */
export async function readDrill(from: Pick<Writes, "readNote"> | Pick<Store["read"], "note">): Promise<DrillRecord | undefined> {
  const note = await ("readNote" in from ? from.readNote(drillNoteKind, noteName) : from.note(drillNoteKind, noteName));
  return note === undefined ? undefined : shape.parse(JSON.parse(note.body));
}

export async function forgetDrill(tx: Writes): Promise<void> {
  await tx.deleteNote(drillNoteKind, noteName);
}
