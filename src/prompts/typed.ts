/** An answer typed with the question's code. */
import { recall, remember } from "../chat/reaction-memory.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { AuditEntry, Store, Writes } from "../store/store.ts";
import { typedVote } from "./answering.ts";
import { auditOf, close, commit, hearing, idOf, load, promptPrefix, type Found, type KeepingNeeds } from "./keeping.ts";
import { expire, vote } from "./machine.ts";
import type { Prompt } from "./prompt.ts";

export interface SaidByCode {
  readonly code: string;
  readonly word: string | undefined;
  readonly by: UserId;
  readonly room: RoomId;
  /** The message. Handled again after a crash, it answers what it answered then, never another question that got the same code. */
  readonly event: EventId;
  /** Aborted, it says nothing: whoever typed was told so. */
  readonly signal?: AbortSignal;
}

export type TypedOutcome =
  | { readonly kind: "unknown" }
  /** `choices`: what can be typed behind the code. */
  | { readonly kind: "which"; readonly choices: readonly string[]; readonly free: boolean }
  | { readonly kind: "not-you" }
  /** The message itself was removed. */
  | { readonly kind: "taken-back" }
  | { readonly kind: "over"; readonly prompt: Prompt }
  | { readonly kind: "noted" | "answered"; readonly prompt: Prompt };

interface TypedNeeds extends KeepingNeeds {
  readonly store: Pick<Store, "read" | "write">;
}

export async function takeTyped(said: SaidByCode, needs: TypedNeeds): Promise<TypedOutcome> {
  const { store } = needs;
  const record = await store.read.promptByCode(said.code);
  return store.write(async (tx): Promise<TypedOutcome> => {
    said.signal?.throwIfAborted();
    const before = await recall(tx, said.event, said.room);
    if (before === "taken back") return { kind: "taken-back" };
    if (before !== undefined) return heardBefore(await load(tx, idOf(before.key)));
    if (record?.room !== said.room) return { kind: "unknown" };
    const found = await load(tx, record.id);
    return found === undefined ? { kind: "unknown" } : answer(tx, found, said, needs);
  });
}

async function answer(tx: Writes, found: Found, { word, by, room, event }: SaidByCode, needs: TypedNeeds): Promise<TypedOutcome> {
  const { prompt } = found;
  const world = await hearing(prompt, needs);
  const { now } = world;
  if (world.takenBack(event)) return { kind: "taken-back" };
  if (prompt.status !== "open") return { kind: "over", prompt };
  if (!prompt.people.includes(by) || !world.mayAct(by)) return { kind: "not-you" };
  const late = await expireIfLate(tx, found, needs);
  if (late !== undefined) {
    await tx.appendAudit(late);
    return { kind: "over", prompt: { ...prompt, status: "expired" } };
  }
  const what = typedVote(prompt, word);
  if (what === undefined) return { kind: "which", choices: prompt.choices.map((each) => each.name), free: prompt.free };
  const step = vote(prompt, { ...what, by, event, typed: true, at: now }, world);
  if (step.effect === "nothing") return { kind: "not-you" };
  await commit(tx, found, step, needs);
  await remember(tx, { event, room, by, emoji: "", key: `${promptPrefix}${prompt.id}`, at: now }, now);
  await tx.appendAudit(
    step.effect === "answered"
      ? auditOf(step.prompt, "answer", { by, event, at: now })
      : auditOf(step.prompt, "vote", { by, event, at: now, said: what.free ?? what.choice }),
  );
  return { kind: step.effect, prompt: step.prompt };
}

function heardBefore(found: Found | undefined): TypedOutcome {
  if (found === undefined) return { kind: "unknown" };
  const { prompt } = found;
  if (prompt.status === "open") return { kind: "noted", prompt };
  return prompt.answer === undefined || prompt.status === "withdrawn" ? { kind: "over", prompt } : { kind: "answered", prompt };
}

/** Ends it when its time is over, whether or not the deadline's timer has run. Answers the audit line, `undefined` while there is time. */
export async function expireIfLate(tx: Writes, found: Found, needs: KeepingNeeds): Promise<AuditEntry | undefined> {
  const view = needs.view();
  const late = expire(found.prompt, view.now);
  if (late === undefined) return undefined;
  await close(tx, found, late, view);
  return auditOf(late, "answer", { by: undefined, event: undefined, at: view.now });
}
