/** What becomes of a question. Pure: whoever holds the store commits what it answers. */
import type { EventId, UserId } from "../ids.ts";
import { digestOf } from "./digest.ts";
import type { Answer, Choice, Prompt, Question, Vote } from "./prompt.ts";
import { checkQuestion } from "./question.ts";

/**
 * The only ways from one status to another. An answer never changes; what it allowed is done once (`used`), or not at all (`withdrawn`:
 * its cause went away, or it was not taken up in time, or not by people who still may).
 */
export const legal: Readonly<Record<Prompt["status"], readonly Prompt["status"][]>> = {
  open: ["answered", "expired", "withdrawn"],
  answered: ["used", "withdrawn"],
  used: [],
  expired: [],
  withdrawn: [],
};

export interface Step {
  readonly prompt: Prompt;
  /** `nothing`: as if it had not been said. `noted`: a vote came or went. `answered`: that was the one that decides. */
  readonly effect: "nothing" | "noted" | "answered";
}

/** The world as it is when something is heard: our own clock, the roles of now. */
export interface Circumstances {
  readonly now: number;
  /** Whether somebody has the role today, whatever they had when they were asked. */
  readonly mayAct: (user: UserId) => boolean;
}

/** With what has reached us and waits for its turn: a vote that is about to be taken back is none, though it still stands. */
export interface Hearing extends Circumstances {
  readonly takenBack: (event: EventId) => boolean;
}

const usualGoodForMs = 3_600_000;
/** Votes replaced or taken back that are remembered; whoever plays with a question this long is not heard any more, but for a no. */
const mostSpent = 500;

/** @throws Error for a question whose answer could be mistaken */
export function openPrompt(question: Question, code: string, now: number): Prompt {
  checkQuestion(question);
  return { ...question, digest: digestOf(question), code, askedAt: now, status: "open", votes: [], spent: [], answer: undefined, why: undefined };
}

/** By our clock when it reached us, and by its sender's when it was said: what is late by either is late, whether or not the deadline's timer has run. */
export function vote(prompt: Prompt, said: Vote, { now, mayAct, takenBack }: Hearing): Step {
  const choice = choiceOf(prompt, said);
  if (prompt.status !== "open" || Math.max(now, said.at) >= prompt.deadlineAt || choice === undefined) return nothing(prompt);
  if (!mayAct(said.by) || !mayVote(prompt, said.by, choice) || wasHeard(prompt, said.event)) return nothing(prompt);
  if (takenBack(said.event) || (choice.yes && prompt.spent.length >= mostSpent)) return nothing(prompt);
  const replaced = prompt.votes.filter((each) => each.by === said.by).map((each) => each.event);
  const votes = [...prompt.votes.filter((each) => each.by !== said.by), said];
  const noted = { ...prompt, votes, spent: [...prompt.spent, ...replaced] };
  const counts = (each: Vote): boolean => each.choice === said.choice && each.free === said.free && mayAct(each.by) && !takenBack(each.event);
  const by = choice.yes ? votes.filter(counts).map((each) => each.by) : [said.by];
  if (choice.yes && by.length < prompt.needed) return { prompt: noted, effect: "noted" };
  const answer: Answer = { choice: said.choice, yes: choice.yes, free: said.free, by, at: now };
  return { prompt: { ...moved(noted, "answered"), answer }, effect: "answered" };
}

/** A vote is taken back, for good. Once answered it changes nothing any more. It never makes an older vote of the same person count again. */
export function unvote(prompt: Prompt, event: EventId): Step {
  const step = lose(prompt, [event]);
  return step.effect === "nothing" ? step : { ...step, prompt: { ...step.prompt, spent: [...prompt.spent, event] } };
}

/** The homeserver does not have these reactions (any more). Should it turn out that it was only behind, they may count again. */
export function lose(prompt: Prompt, events: readonly EventId[]): Step {
  const votes = prompt.votes.filter((each) => !events.includes(each.event));
  return prompt.status !== "open" || votes.length === prompt.votes.length ? nothing(prompt) : { prompt: { ...prompt, votes }, effect: "noted" };
}

/** Whether this event has had its say, also if it does not count any more. */
export function wasHeard({ votes, spent }: Pick<Prompt, "votes" | "spent">, event: EventId): boolean {
  return spent.includes(event) || votes.some((each) => each.event === event);
}

/** `undefined` while there is still time, or when it is not open. */
export function expire(prompt: Prompt, now: number): Prompt | undefined {
  return prompt.status === "open" && now >= prompt.deadlineAt ? moved(prompt, "expired") : undefined;
}

/** `undefined` when there is nothing to withdraw any more: it is over, or a no. */
export function withdraw(prompt: Prompt, why: string | undefined): Prompt | undefined {
  if (!legal[prompt.status].includes("withdrawn") || prompt.answer?.yes === false) return undefined;
  return { ...moved(prompt, "withdrawn"), why };
}

export type Use =
  | { readonly kind: "used"; readonly prompt: Prompt }
  /** It was a yes and is none any more; `prompt` says why. */
  | { readonly kind: "void"; readonly prompt: Prompt }
  | { readonly kind: "nothing" };

/** Takes a yes up: once, soon after it was given, while those who gave it still may, and only for what was shown. */
export function use(prompt: Prompt, { now, mayAct }: Circumstances): Use {
  const { status, answer, goodForMs = usualGoodForMs } = prompt;
  if (status !== "answered" || answer?.yes !== true) return { kind: "nothing" };
  const without = answer.by.filter((each) => !mayAct(each));
  const why =
    prompt.digest !== digestOf(prompt)
      ? "what was to be done is not what was shown"
      : now - answer.at >= goodForMs
        ? "it was answered, but could not be acted on in time"
        : without.length > 0
          ? `${without.join(" and ")} may not answer any more`
          : undefined;
  return why === undefined ? { kind: "used", prompt: moved(prompt, "used") } : { kind: "void", prompt: { ...moved(prompt, "withdrawn"), why } };
}

/** What a vote stands for; a free answer is a yes to itself. */
export function choiceOf(prompt: Pick<Question, "choices" | "free">, { choice, free }: Pick<Vote, "choice" | "free">): Choice | undefined {
  if (free !== undefined) return prompt.free ? { name: choice, emoji: undefined, label: free, yes: true } : undefined;
  return prompt.choices.find((each) => each.name === choice);
}

/** Whoever may not be among those who say yes may still say no. */
function mayVote({ people, notBy }: Question, by: UserId, choice: Choice): boolean {
  return people.includes(by) && !(choice.yes && by === notBy);
}

function moved(prompt: Prompt, to: Prompt["status"]): Prompt {
  if (!legal[prompt.status].includes(to)) throw new Error(`a question cannot go from ${prompt.status} to ${to}`);
  return { ...prompt, status: to };
}

function nothing(prompt: Prompt): Step {
  return { prompt, effect: "nothing" };
}
