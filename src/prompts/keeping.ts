/** What is committed with each change of a question: the record by compare and set, its message, its timers, the audit line. */
import type { View } from "../chat/command.ts";
import { beingTakenBack } from "../chat/reaction-memory.ts";
import { renderContent } from "../chat/render/content.ts";
import { mayAct, type Role } from "../chat/roles.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { AuditEntry, Store, Writes } from "../store/store.ts";
import type { Circumstances, Hearing, Step } from "./machine.ts";
import type { Prompt } from "./prompt.ts";
import { renderPrompt } from "./render.ts";
import { fromRecord, toRecord } from "./stored-prompt.ts";

export interface KeepingNeeds {
  readonly view: () => View;
  /** The role that somebody has in a room now: who lost it since the question was asked does not answer it. */
  readonly roleOf: (room: RoomId, user: UserId) => Role | undefined;
  readonly wakeTimers: () => void;
}

/** A question with the version that its next change is compared with. */
export interface Found {
  readonly prompt: Prompt;
  readonly version: number;
}

/** Messages that ask begin so, and nothing else does: a reaction to one of them is a vote. */
export const promptPrefix = "prompt/";

export const deadlineKey = (id: string): string => `deadline/${id}`;
export const answeredKey = (id: string): string => `answered/${id}`;
export const seedKey = (id: string): string => `prompt-seed/${id}`;

/** Reactions hang on the message itself: its key is the prefix and the id. */
export function idOf(key: string): string {
  return key.slice(promptPrefix.length);
}

/** @throws Error for a row that Opsroom has not written */
export async function load(tx: Pick<Writes, "readPrompt">, id: string): Promise<Found | undefined> {
  const record = await tx.readPrompt(id);
  return record === undefined ? undefined : { prompt: fromRecord(record), version: record.version };
}

/** To be asked within the write that commits what is heard: then nothing that has reached us is missed. */
export async function hearing(prompt: Prompt, needs: KeepingNeeds & { readonly store: Pick<Store, "read"> }): Promise<Hearing> {
  const takenBack = await beingTakenBack(needs.store.read, prompt.room);
  return { ...circumstances(prompt, needs), takenBack: (event) => takenBack.has(event) };
}

export function circumstances({ room }: Prompt, { view, roleOf }: KeepingNeeds): Circumstances {
  return { now: view().now, mayAct: (user) => mayAct(roleOf(room, user), "operator") };
}

/**
 * Commits a vote that came or went; on an answer the deadline goes and a timer hands the answer on.
 * @throws Error when somebody else has changed it meanwhile: nothing of the transaction is kept
 */
export async function commit(tx: Writes, { version }: Found, { prompt, effect }: Step, needs: KeepingNeeds): Promise<void> {
  if (effect === "nothing") return;
  await saveAndShow(tx, prompt, version, needs.view());
  if (effect !== "answered") return;
  await endTimers(tx, prompt);
  const body = JSON.stringify({ prompt: prompt.id });
  await tx.setTimer({ key: answeredKey(prompt.id), kind: `answered.${prompt.kind}`, dueAt: needs.view().now, body });
  needs.wakeTimers();
}

/** Commits an end without an answer, or the end of an answer that cannot be used. `shown: false` where its message is gone. */
export async function close(tx: Writes, { version }: Found, ended: Prompt, view: View, shown = true): Promise<void> {
  await (shown ? saveAndShow(tx, ended, version, view) : save(tx, ended, version));
  await endTimers(tx, ended);
  await tx.withdraw(seedKey(ended.id), "the question is over", view.now);
}

async function endTimers(tx: Writes, { id }: Prompt): Promise<void> {
  await tx.clearTimer(deadlineKey(id));
  await tx.clearTimer(answeredKey(id));
}

/** @throws Error when it was changed meanwhile */
export async function save(tx: Writes, prompt: Prompt, version: number): Promise<void> {
  if (!(await tx.savePrompt(toRecord(prompt), version))) throw new Error(`the question ${prompt.id} was changed at the same time`);
}

async function saveAndShow(tx: Writes, prompt: Prompt, version: number, view: View): Promise<void> {
  await save(tx, prompt, version);
  const content = renderContent(renderPrompt(prompt, view), { mentions: [], notice: false });
  const relation = { kind: "edit", of: { key: `${promptPrefix}${prompt.id}` } } as const;
  const key = `prompt-edit/${prompt.id}/${version}`;
  await tx.enqueue({ key, room: prompt.room, lane: "prompt", type: "m.room.message", content, relation }, view.now);
}

/** What the audit log says of a change: who, which choice, bound to what. */
export function auditOf(
  { id, kind, room, digest, answer, status, why }: Prompt,
  action: "answer" | "vote" | "vote.taken-back",
  { by, event, at, said }: { readonly by: UserId | undefined; readonly event: EventId | undefined; readonly at: number; readonly said?: string },
): AuditEntry {
  const what = said ?? (answer === undefined || status === "withdrawn" ? status : `${answer.free ?? answer.choice} by ${answer.by.join(", ")}`);
  const good = action === "vote" || (action === "answer" && answer?.yes === true && status !== "withdrawn");
  return {
    at,
    actor: by ?? "opsroom",
    action,
    subject: kind.slice(0, 64),
    room,
    eventId: event,
    outcome: good ? "ok" : "refused",
    detail: `${what}${why === undefined ? "" : ` (${why})`}; question ${id}, digest ${digest.slice(0, 16)}`.slice(0, 300),
  };
}
