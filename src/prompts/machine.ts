/** What becomes of a question. Pure: whoever holds the store commits what it answers. */
import type { EventId, UserId } from "../ids.ts";
import { digestOf } from "./digest.ts";
import type { Answer, Choice, Prompt, Question, Vote } from "./prompt.ts";

/** The only ways from one status to another. `used`: what the answer allowed was done. */
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

export function openPrompt(question: Question, code: string, now: number): Prompt {
  return { ...question, digest: digestOf(question), code, askedAt: now, status: "open", votes: [], answer: undefined };
}

/** @param now when it reached us: what was said in time and heard too late is too late */
export function vote(prompt: Prompt, said: Vote, now: number): Step {
  const choice = choiceOf(prompt, said);
  if (prompt.status !== "open" || now >= prompt.deadlineAt || choice === undefined || !mayVote(prompt, said.by, choice)) return nothing(prompt);
  if (prompt.votes.some((each) => each.event === said.event)) return nothing(prompt);
  const votes = [...prompt.votes.filter((each) => each.by !== said.by), said];
  const noted = { ...prompt, votes };
  const by = choice.yes ? votes.filter((each) => each.choice === said.choice && each.free === said.free).map((each) => each.by) : [said.by];
  if (choice.yes && by.length < prompt.needed) return { prompt: noted, effect: "noted" };
  const answer: Answer = { choice: said.choice, yes: choice.yes, free: said.free, by, at: now };
  return { prompt: { ...moved(noted, "answered"), answer }, effect: "answered" };
}

/** A vote is taken back. Once answered it changes nothing any more. */
export function unvote(prompt: Prompt, event: EventId): Step {
  const votes = prompt.votes.filter((each) => each.event !== event);
  return prompt.status !== "open" || votes.length === prompt.votes.length ? nothing(prompt) : { prompt: { ...prompt, votes }, effect: "noted" };
}

/** `undefined` while there is still time, or when it is not open. */
export function expire(prompt: Prompt, now: number): Prompt | undefined {
  return prompt.status === "open" && now >= prompt.deadlineAt ? moved(prompt, "expired") : undefined;
}

/** `undefined` when there is nothing to withdraw any more. */
export function withdraw(prompt: Prompt): Prompt | undefined {
  return legal[prompt.status].includes("withdrawn") ? moved(prompt, "withdrawn") : undefined;
}

/** Takes the answer up, once. `undefined` when it is no yes, was used before, or does not belong to what was shown. */
export function use(prompt: Prompt): Prompt | undefined {
  const good = prompt.status === "answered" && prompt.answer?.yes === true && prompt.digest === digestOf(prompt);
  return good ? moved(prompt, "used") : undefined;
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
