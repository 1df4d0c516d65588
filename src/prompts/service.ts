/** Asks, listens, and hands an answer on once: the machine's steps, each committed with what the room sees of it. */
import type { Reaction, ReactionTaker } from "../chat/reactions.ts";
import type { RoomId } from "../ids.ts";
import { renderContent } from "../chat/render/content.ts";
import type { DueTimer } from "../store/alert-store.ts";
import type { Reads, Writes } from "../store/store.ts";
import { reactionVote } from "./answering.ts";
import { catchUp, type CatchUpNeeds, type ReadReactions } from "./catch-up.ts";
import { makeCode } from "./code.ts";
import { digestOf } from "./digest.ts";
import { auditOf, circumstances, close, commit, deadlineKey, hearing, idOf, load, promptPrefix, save, seedKey } from "./keeping.ts";
import { openPrompt, unvote, use, vote, withdraw } from "./machine.ts";
import type { Prompt, Question } from "./prompt.ts";
import { isDangerous, withTypedYes } from "./question.ts";
import { renderPrompt, tailOfOpen } from "./render.ts";
import { fromRecord, toRecord } from "./stored-prompt.ts";
import { expireIfLate, takeTyped, type SaidByCode, type TypedOutcome } from "./typed.ts";

export interface PromptNeeds extends CatchUpNeeds {
  /** A number from 0 up to 1: for codes. */
  readonly random: () => number;
  /**
   * Whether a dangerous yes has to be typed in that room: where it is encrypted, clients encrypt what is typed and not what is reacted, so a
   * reaction could be made up by whoever runs a homeserver. Nowhere by default.
   */
  readonly mustBeTyped?: (room: RoomId) => Promise<boolean>;
}

export interface Prompts {
  /**
   * Asks in the room, within the transaction. The same id again asks nothing again and answers what stands, also when the question differs:
   * act on what {@link take} gives, never on what you would ask now. @throws Error for a question that could be mistaken, or not shown whole
   */
  readonly ask: (tx: Writes, question: Question) => Promise<Prompt>;
  /** Somebody typed the code. The same message again is the same answer. */
  readonly typed: (said: SaidByCode) => Promise<TypedOutcome>;
  /**
   * The answer is taken up: `undefined` unless it is a yes, for the first time, not long ago, of people who still may. Record in the same
   * transaction what it allows, and compare its payload with the world before acting: a plan that changed since is not what was confirmed.
   */
  readonly take: (tx: Writes, id: string) => Promise<Prompt | undefined>;
  readonly read: (id: string) => Promise<Prompt | undefined>;
  /** @param why shown in its message */
  readonly withdraw: (tx: Writes, id: string, why?: string) => Promise<void>;
  readonly taker: ReactionTaker;
  /** Handler of timers of kind `prompt.deadline`. */
  readonly onDeadline: (timer: DueTimer) => Promise<void>;
  /** After a start or a gap: compares the open questions' votes with the reactions that the homeserver has. */
  readonly catchUp: (readReactions: ReadReactions) => Promise<void>;
}

const mostMentions = 10;

export function createPrompts(needs: PromptNeeds): Prompts {
  const { store, view } = needs;
  return {
    taker: {
      prefix: promptPrefix,
      reacted: async (tx, reaction) => {
        const found = await load(tx, idOf(reaction.key));
        const said = found === undefined ? undefined : reactionVote(found.prompt, reaction);
        if (found === undefined || said === undefined) return undefined;
        const late = await expireIfLate(tx, found, needs);
        if (late !== undefined) return late;
        const step = vote(found.prompt, said, await hearing(found.prompt, needs));
        await commit(tx, found, step, needs);
        const { by, event } = reaction;
        if (step.effect === "nothing") return undefined;
        return step.effect === "answered"
          ? auditOf(step.prompt, "answer", { by, event, at: view().now })
          : auditOf(step.prompt, "vote", { by, event, at: view().now, said: said.choice });
      },
      unreacted: async (tx, reaction, by) => {
        const found = await load(tx, idOf(reaction.key));
        if (found === undefined) return undefined;
        const step = unvote(found.prompt, reaction.event);
        await commit(tx, found, step, needs);
        if (step.effect === "nothing") {
          await sayTooLate(tx, found.prompt, reaction, view().now);
          return undefined;
        }
        const said = `of ${reaction.by}`;
        return auditOf(step.prompt, "vote.taken-back", { by, event: reaction.event, at: view().now, said });
      },
      // The question cannot be read any more, so it is not answered.
      removed: async (tx, key, _room, by) => {
        const found = await load(tx, idOf(key));
        const gone = found === undefined ? undefined : withdraw(found.prompt, "its message was removed");
        if (found === undefined || gone === undefined) return;
        await close(tx, found, gone, view(), false);
        await tx.appendAudit(auditOf(gone, "answer", { by, event: undefined, at: view().now }));
      },
    },
    ask: async (tx, question) => {
      const standing = await load(tx, question.id);
      if (standing !== undefined) return standing.prompt;
      const typed = isDangerous(question) && ((await needs.mustBeTyped?.(question.room)) ?? false);
      const prompt = openPrompt(typed ? withTypedYes(question) : question, await freeCode(store.read, needs.random), view().now);
      if (digestOf(fromRecord(toRecord(prompt))) !== prompt.digest) throw new Error(`the question ${prompt.id} holds what cannot be kept`);
      await save(tx, prompt, 0);
      await show(tx, prompt, needs);
      await tx.setTimer({ key: deadlineKey(prompt.id), kind: "prompt.deadline", dueAt: prompt.deadlineAt, body: "{}" });
      return prompt;
    },
    typed: async (said) => {
      const outcome = await takeTyped(said, needs);
      needs.wakeSender();
      return outcome;
    },
    take: async (tx, id) => {
      const found = await load(tx, id);
      if (found === undefined) return undefined;
      const taken = use(found.prompt, circumstances(found.prompt, needs));
      if (taken.kind === "used") await save(tx, taken.prompt, found.version);
      if (taken.kind === "void") {
        await close(tx, found, taken.prompt, view());
        await tx.appendAudit(auditOf(taken.prompt, "answer", { by: undefined, event: undefined, at: view().now }));
      }
      return taken.kind === "used" ? taken.prompt : undefined;
    },
    read: async (id) => {
      const record = await store.read.prompt(id);
      return record === undefined ? undefined : fromRecord(record);
    },
    withdraw: async (tx, id, why) => {
      const found = await load(tx, id);
      const gone = found === undefined ? undefined : withdraw(found.prompt, why);
      if (found !== undefined && gone !== undefined) await close(tx, found, gone, view());
    },
    onDeadline: async (timer) => {
      await store.write(async (tx) => {
        const found = await load(tx, timer.key.slice(deadlineKey("").length));
        const audit = found === undefined ? undefined : await expireIfLate(tx, found, needs);
        if (audit !== undefined) await tx.appendAudit(audit);
        // The clock was set back since: it is open still, and needs its end.
        else if (found?.prompt.status === "open") await tx.setTimer({ ...timer, dueAt: found.prompt.deadlineAt });
        else await tx.clearTimer(timer.key);
      });
      needs.wakeSender();
    },
    catchUp: async (readReactions) => catchUp(needs, readReactions),
  };
}

/** The message; where it is dangerous also the ❌, so that saying no is one tap and saying yes a deliberate act. Otherwise a reaction less to send. */
async function show(tx: Writes, prompt: Prompt, { view }: PromptNeeds): Promise<void> {
  const { now } = view();
  const content = renderContent(renderPrompt(prompt, view()), { mentions: prompt.people.slice(0, mostMentions), notice: false });
  // Too long a message is cut at its end: what is not seen whole is not asked.
  if (!content.body.endsWith(tailOfOpen)) throw new Error(`the question ${prompt.id} is too long for a message`);
  const key = `${promptPrefix}${prompt.id}`;
  const message = { key, room: prompt.room, lane: "prompt", type: "m.room.message", content } as const;
  await tx.enqueue(prompt.thread === undefined ? message : { ...message, relation: { kind: "thread", root: prompt.thread } }, now);
  const emoji = isDangerous(prompt) ? prompt.choices.find((each) => !each.yes)?.emoji : undefined;
  if (emoji === undefined) return;
  const relation = { kind: "reaction", to: { key }, emoji } as const;
  await tx.enqueue({ key: seedKey(prompt.id), room: prompt.room, lane: "rest", type: "m.reaction", content: {}, relation }, now);
}

/** Whoever takes back a yes that has counted is told that it has. */
async function sayTooLate(tx: Writes, { id, room, thread, status, answer, votes }: Prompt, { event, by }: Reaction, now: number): Promise<void> {
  if ((status !== "answered" && status !== "used") || answer?.yes !== true || !votes.some((each) => each.event === event)) return;
  const content = renderContent([{ text: `${by} took a reaction back after it was answered: that changes nothing any more.` }], { mentions: [] });
  const root = thread ?? { key: `${promptPrefix}${id}` };
  const relation = { kind: "thread", root } as const;
  await tx.enqueue({ key: `prompt-late/${id}/${event}`, room, lane: "answer", type: "m.room.message", content, relation }, now);
}

async function freeCode(read: Pick<Reads, "promptByCode">, random: () => number): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    const code = makeCode(random);
    if ((await read.promptByCode(code)) === undefined) return code;
  }
  throw new Error("no code is free: too many questions are open");
}
