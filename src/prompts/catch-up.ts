/** Votes as the homeserver has them, where a start, a gap or an outage kept them from us. */
import { recall, remember } from "../chat/reaction-memory.ts";
import type { EventId, RoomId, UserId } from "../ids.ts";
import type { Store, Writes } from "../store/store.ts";
import { reactionVote } from "./answering.ts";
import { auditOf, commit, hearing, load, promptPrefix, type KeepingNeeds } from "./keeping.ts";
import { choiceOf, lose, vote, wasHeard, type Step } from "./machine.ts";
import type { Prompt, Vote } from "./prompt.ts";
import { fromRecord } from "./stored-prompt.ts";

export interface FoundVote {
  readonly event: EventId;
  readonly by: UserId;
  readonly emoji: string;
  /** `origin_server_ts` */
  readonly at: number;
}

export interface CatchUpNeeds extends KeepingNeeds {
  readonly store: Pick<Store, "read" | "write">;
  /** Our own: what it reacts with is no vote. */
  readonly account: UserId;
  readonly wakeSender: () => void;
}

export type ReadReactions = (room: RoomId, event: EventId) => Promise<readonly FoundVote[]>;

const mostOpen = 500;

/** Looks after every open question, whatever happens with one of them. @throws AggregateError of what could not be read, when all was tried */
export async function catchUp(needs: CatchUpNeeds, readReactions: ReadReactions): Promise<void> {
  const { store, view } = needs;
  const failures: unknown[] = [];
  for (const record of await store.read.openPrompts(mostOpen)) {
    if (view().now >= record.deadlineAt) continue;
    try {
      await catchUpWith(fromRecord(record), needs, readReactions);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `the reactions to ${failures.length} open questions could not be read back`);
}

/** @param before as it was when we began to ask: only what we had heard by then can be missing in the answer */
async function catchUpWith(before: Prompt, needs: CatchUpNeeds, readReactions: ReadReactions): Promise<void> {
  const { store, account, wakeSender } = needs;
  const event = (await store.read.outboxMessage(`${promptPrefix}${before.id}`))?.eventId;
  if (event === undefined) return;
  const found = (await readReactions(before.room, event)).filter(({ by }) => by !== account);
  const missing = before.votes.filter((each) => !each.typed && !found.some((reaction) => reaction.event === each.event)).map((each) => each.event);
  const unheard = found.filter((each) => !wasHeard(before, each.event) && reactionVote(before, { ...each, room: before.room }) !== undefined);
  if (missing.length === 0 && unheard.length === 0) return;
  await store.write((tx) => apply(tx, before.id, missing, unheard, needs));
  wakeSender();
}

async function apply(tx: Writes, id: string, missing: readonly EventId[], unheard: readonly FoundVote[], needs: CatchUpNeeds): Promise<void> {
  const known = await load(tx, id);
  if (known === undefined) return;
  const { prompt } = known;
  const world = await hearing(prompt, needs);
  let step: Step = lose(prompt, missing);
  for (const said of noesFirst(prompt, unheard)) {
    if ((await recall(tx, said.event, prompt.room)) === "taken back") continue;
    const next = vote(step.prompt, said, world);
    if (next.effect === "nothing") continue;
    step = next;
    const { event, by, at, choice } = said;
    await remember(tx, { event, by, at, room: prompt.room, emoji: emojiOf(prompt, choice), key: `${promptPrefix}${id}` }, world.now);
    const line = next.effect === "answered" ? { by, event, at: world.now } : { by, event, at: world.now, said: choice };
    await tx.appendAudit(auditOf(next.prompt, next.effect === "answered" ? "answer" : "vote", line));
  }
  await commit(tx, known, step, needs);
}

/** In the order in which they were given, but where somebody said no meanwhile, that is heard before any yes. */
function noesFirst(prompt: Prompt, found: readonly FoundVote[]): readonly Vote[] {
  const isYes = (said: Vote): number => (choiceOf(prompt, said)?.yes === true ? 1 : 0);
  return found.flatMap((each) => reactionVote(prompt, { ...each, room: prompt.room }) ?? []).toSorted((a, b) => isYes(a) - isYes(b) || a.at - b.at);
}

function emojiOf({ choices }: Prompt, choice: string): string {
  return choices.find((each) => each.name === choice)?.emoji ?? "";
}
