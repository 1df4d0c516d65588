/** Asks, listens, and hands an answer on once: the machine's steps, each committed with what the room sees of it. */
import type { View } from "../chat/command.ts";
import { plainEmoji } from "../chat/emoji.ts";
import { remember } from "../chat/dispatch-reaction.ts";
import type { Reaction, ReactionTaker } from "../chat/reactions.ts";
import { renderContent } from "../chat/render/content.ts";
import { mayAct, type Role } from "../chat/roles.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { DueTimer } from "../store/alert-store.ts";
import type { AuditEntry, Reads, Store, Writes } from "../store/store.ts";
import { makeCode } from "./code.ts";
import { expire, openPrompt, unvote, use, vote, withdraw, type Step } from "./machine.ts";
import type { Prompt, Question, Vote } from "./prompt.ts";
import { renderPrompt } from "./render.ts";
import { fromRecord, toRecord } from "./stored-prompt.ts";

export interface PromptNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly view: () => View;
  /** A number from 0 up to 1: for codes. */
  readonly random: () => number;
  /** The role that somebody has in a room now: who lost it since the question was asked does not answer it. */
  readonly roleOf: (room: RoomId, user: UserId) => Role | undefined;
  readonly wakeSender: () => void;
  readonly wakeTimers: () => void;
}

export interface FoundVote {
  readonly event: EventId;
  readonly by: UserId;
  readonly emoji: string;
  readonly at: number;
}

export interface Prompts {
  /** Asks in the room, within the transaction. The same id again asks nothing again and answers what stands. */
  readonly ask: (tx: Writes, question: Question) => Promise<Prompt>;
  /** Somebody typed the code. */
  readonly typed: (said: {
    readonly code: string;
    readonly word: string | undefined;
    readonly by: UserId;
    readonly room: RoomId;
    readonly event: EventId;
  }) => Promise<TypedOutcome>;
  /** The answer is taken up: `undefined` unless it is a yes, for the first time. What it allows is recorded in the same transaction. */
  readonly take: (tx: Writes, id: string) => Promise<Prompt | undefined>;
  readonly read: (id: string) => Promise<Prompt | undefined>;
  readonly withdraw: (tx: Writes, id: string) => Promise<void>;
  readonly taker: ReactionTaker;
  /** Handler of timers of kind `prompt.deadline`. */
  readonly onDeadline: (timer: DueTimer) => Promise<void>;
  /** After a start or a gap: compares the open questions' votes with the reactions that the homeserver has. */
  readonly catchUp: (readReactions: (room: RoomId, event: EventId) => Promise<readonly FoundVote[]>) => Promise<void>;
}

export type TypedOutcome =
  | { readonly kind: "unknown" }
  /** `choices`: what can be typed behind the code. */
  | { readonly kind: "which"; readonly choices: readonly string[]; readonly free: boolean }
  | { readonly kind: "not-you" }
  | { readonly kind: "over"; readonly prompt: Prompt }
  | { readonly kind: "noted" | "answered"; readonly prompt: Prompt };

export const promptPrefix = "prompt/";
const mostOpen = 500;
const mostMentions = 10;

export function createPrompts(needs: PromptNeeds): Prompts {
  const { store, view } = needs;

  /** Commits a step: the record by compare and set, the message, the audit line, and on an answer the timer that hands it on. */
  const commit = async (tx: Writes, version: number, step: Step, by: UserId, event: EventId | undefined): Promise<AuditEntry | undefined> => {
    const { prompt, effect } = step;
    if (effect === "nothing") return undefined;
    await save(tx, prompt, version, view());
    if (effect !== "answered") return undefined;
    await tx.clearTimer(deadlineKey(prompt.id));
    await tx.setTimer({ key: `answered/${prompt.id}`, kind: `answered.${prompt.kind}`, dueAt: view().now, body: JSON.stringify({ prompt: prompt.id }) });
    needs.wakeTimers();
    return answerAudit(prompt, by, event, view().now);
  };

  const load = async (tx: Pick<Writes, "readPrompt">, id: string): Promise<{ readonly prompt: Prompt; readonly version: number } | undefined> => {
    const record = await tx.readPrompt(id);
    return record === undefined ? undefined : { prompt: fromRecord(record), version: record.version };
  };

  const voteIn = async (tx: Writes, id: string, said: Vote): Promise<AuditEntry | undefined> => {
    const found = await load(tx, id);
    if (found === undefined || !mayAnswer(found.prompt, said.by, needs)) return undefined;
    return commit(tx, found.version, vote(found.prompt, said, view().now), said.by, said.event);
  };

  const taker: ReactionTaker = {
    prefix: promptPrefix,
    reacted: async (tx, reaction) => {
      const found = await load(tx, idOf(reaction.key));
      const said = found === undefined ? undefined : reactionVote(found.prompt, reaction);
      return said === undefined ? undefined : voteIn(tx, idOf(reaction.key), said);
    },
    unreacted: async (tx, reaction) => {
      const found = await load(tx, idOf(reaction.key));
      return found === undefined ? undefined : commit(tx, found.version, unvote(found.prompt, reaction.event), reaction.by, reaction.event);
    },
    // The question cannot be read any more, so it is not answered.
    removed: async (tx, key) => {
      await withdrawIn(tx, idOf(key), view());
    },
  };

  return {
    taker,
    ask: async (tx, question) => {
      const standing = await load(tx, question.id);
      if (standing !== undefined) return standing.prompt;
      const prompt = openPrompt(question, await freeCode(store.read, needs.random), view().now);
      await tx.savePrompt(toRecord(prompt), 0);
      const content = renderContent(renderPrompt(prompt, view()), { mentions: prompt.people.slice(0, mostMentions), notice: false });
      const message = { key: `${promptPrefix}${prompt.id}`, room: prompt.room, lane: "prompt", type: "m.room.message", content } as const;
      await tx.enqueue(prompt.thread === undefined ? message : { ...message, relation: { kind: "thread", root: prompt.thread } }, view().now);
      await tx.setTimer({ key: deadlineKey(prompt.id), kind: "prompt.deadline", dueAt: prompt.deadlineAt, body: "{}" });
      return prompt;
    },
    typed: async ({ code, word, by, room, event }) => {
      const record = await store.read.promptByCode(code);
      if (record === undefined || record.room !== room) return { kind: "unknown" };
      const outcome = await store.write(async (tx): Promise<TypedOutcome> => {
        const found = await load(tx, record.id);
        if (found === undefined) return { kind: "unknown" };
        const { prompt, version } = found;
        if (prompt.status !== "open") return { kind: "over", prompt };
        if (!mayAnswer(prompt, by, needs)) return { kind: "not-you" };
        const said = typedVote(prompt, word);
        if (said === undefined) return { kind: "which", choices: prompt.choices.map((each) => each.name), free: prompt.free };
        const step = vote(prompt, { ...said, by, event, typed: true, at: view().now }, view().now);
        if (step.effect === "nothing") return view().now >= prompt.deadlineAt ? { kind: "over", prompt } : { kind: "not-you" };
        const audit = await commit(tx, version, step, by, event);
        if (audit !== undefined) await tx.appendAudit(audit);
        return { kind: step.effect, prompt: step.prompt };
      });
      needs.wakeSender();
      return outcome;
    },
    take: async (tx, id) => {
      const found = await load(tx, id);
      const used = found === undefined ? undefined : use(found.prompt);
      if (found === undefined || used === undefined) return undefined;
      return (await tx.savePrompt(toRecord(used), found.version)) ? used : undefined;
    },
    read: async (id) => {
      const record = await store.read.prompt(id);
      return record === undefined ? undefined : fromRecord(record);
    },
    withdraw: (tx, id) => withdrawIn(tx, id, view()),
    onDeadline: async (timer) => {
      await store.write(async (tx) => {
        await tx.clearTimer(timer.key);
        const found = await load(tx, timer.key.slice(deadlineKey("").length));
        const late = found === undefined ? undefined : expire(found.prompt, view().now);
        if (found === undefined || late === undefined) return;
        await save(tx, late, found.version, view());
        await tx.appendAudit({ ...answerAudit(late, undefined, undefined, view().now), outcome: "refused" });
      });
      needs.wakeSender();
    },
    catchUp: async (readReactions) => {
      for (const record of await store.read.openPrompts(mostOpen)) {
        const event = (await store.read.outboxMessage(`${promptPrefix}${record.id}`))?.eventId;
        if (event === undefined) continue;
        const found = await readReactions(record.room, event);
        await store.write(async (tx) => {
          const known = await load(tx, record.id);
          const gone = (known?.prompt.votes ?? []).filter((each) => !each.typed && !found.some((reaction) => reaction.event === each.event));
          for (const each of gone) {
            const now = await load(tx, record.id);
            if (now !== undefined) await commit(tx, now.version, unvote(now.prompt, each.event), each.by, each.event);
          }
          for (const reaction of found) {
            const emoji = plainEmoji(reaction.emoji);
            const said = known === undefined ? undefined : reactionVote(known.prompt, { ...reaction, emoji });
            if (said !== undefined) await remember(tx, { ...reaction, emoji, room: record.room, key: `${promptPrefix}${record.id}` }, view().now);
            const audit = said === undefined ? undefined : await voteIn(tx, record.id, said);
            if (audit !== undefined) await tx.appendAudit(audit);
          }
        });
        needs.wakeSender();
      }
    },
  };
}

function mayAnswer({ room, people }: Prompt, by: UserId, { roleOf }: Pick<PromptNeeds, "roleOf">): boolean {
  const role = roleOf(room, by);
  return role !== undefined && mayAct(role, "operator") && people.includes(by);
}

function reactionVote(prompt: Prompt, { emoji, by, event, at }: Pick<Reaction, "emoji" | "by" | "event" | "at">): Vote | undefined {
  const choice = prompt.choices.find((each) => each.emoji !== undefined && plainEmoji(each.emoji) === emoji);
  return choice === undefined ? undefined : { by, choice: choice.name, free: undefined, event, typed: false, at };
}

/** Without a word: the one thing that can be meant, if there is one. */
function typedVote({ choices, free }: Prompt, word: string | undefined): Pick<Vote, "choice" | "free"> | undefined {
  const yes = choices.filter((each) => each.yes);
  if (word === undefined) return yes.length === 1 && !free && yes[0] !== undefined ? { choice: yes[0].name, free: undefined } : undefined;
  const named = choices.find((each) => each.name.toLowerCase() === word.toLowerCase());
  if (named !== undefined) return { choice: named.name, free: undefined };
  return free && word.length <= 100 ? { choice: "other", free: word } : undefined;
}

/** @throws Error when somebody else has changed it meanwhile: nothing of the transaction is kept */
async function save(tx: Writes, prompt: Prompt, version: number, view: View): Promise<void> {
  if (!(await tx.savePrompt(toRecord(prompt), version))) throw new Error(`the question ${prompt.id} was changed at the same time`);
  const key = `${promptPrefix}${prompt.id}`;
  const content = renderContent(renderPrompt(prompt, view), { mentions: [], notice: false });
  const edit = { kind: "edit", of: { key } } as const;
  await tx.enqueue({ key: `${key}/e${version}`, room: prompt.room, lane: "prompt", type: "m.room.message", content, relation: edit }, view.now);
}

async function withdrawIn(tx: Writes, id: string, view: View): Promise<void> {
  const record = await tx.readPrompt(id);
  const gone = record === undefined ? undefined : withdraw(fromRecord(record));
  if (record === undefined || gone === undefined) return;
  await tx.clearTimer(deadlineKey(id));
  await tx.clearTimer(`answered/${id}`);
  await save(tx, gone, record.version, view);
}

async function freeCode(read: Pick<Reads, "promptByCode">, random: () => number): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    const code = makeCode(random);
    if ((await read.promptByCode(code)) === undefined) return code;
  }
  throw new Error("no code is free: too many questions are open");
}

function answerAudit({ id, kind, room, digest, answer, status }: Prompt, by: UserId | undefined, eventId: EventId | undefined, at: number): AuditEntry {
  const said = answer === undefined ? status : `${answer.free ?? answer.choice} by ${answer.by.join(", ")}`;
  return {
    at,
    actor: by ?? "opsroom",
    action: "answer",
    subject: kind.slice(0, 64),
    room,
    eventId,
    outcome: answer?.yes === true ? "ok" : "refused",
    detail: `${said}; question ${id}, digest ${digest.slice(0, 16)}`.slice(0, 300),
  };
}

function deadlineKey(id: string): string {
  return `deadline/${id}`;
}

/** Reactions hang on the message itself: its key is the prefix and the id. */
function idOf(key: string): string {
  return key.slice(promptPrefix.length);
}
