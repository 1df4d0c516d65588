/** What a question must be for an answer to mean one thing only. Pure. */
import { plainEmoji } from "../chat/emoji.ts";
import type { Choice, Question } from "./prompt.ts";

/** Words that never let anything happen, whatever a question would take: “cancel” is no duration. */
const refusals: ReadonlySet<string> = new Set(["no", "n", "not", "never", "cancel", "stop", "abort", "decline", "deny"]);

export function isRefusal(word: string): boolean {
  return refusals.has(word.toLowerCase());
}

/** @throws Error naming what makes it ambiguous or unanswerable: a mistake of whoever asks */
export function checkQuestion({ id, choices, deadlineAt, goodForMs }: Question): void {
  const fault = (why: string): never => {
    throw new Error(`the question ${id} cannot be asked: ${why}`);
  };
  if (!/^[\p{L}\p{N}/-]{1,100}$/u.test(id)) fault("its id has other characters than letters, digits, / and -, or more than 100");
  // Compared with NaN, nothing is ever too late.
  if (!Number.isFinite(deadlineAt)) fault("it has no deadline");
  if (goodForMs !== undefined && !(goodForMs > 0)) fault("its answer would never be good");
  if (!choices.some((each) => each.yes) || choices.every((each) => each.yes)) fault("it needs a yes and a no");
  if (choices.some(isMisleading)) fault("a choice's name is no single word, or says no and means yes");
  if (hasTwins(choices.map((each) => each.name.toLowerCase()))) fault("two choices have one name");
  const emojis = choices.flatMap(({ emoji }) => (emoji === undefined ? [] : [plainEmoji(emoji)]));
  if (emojis.includes("") || hasTwins(emojis)) fault("two choices have one emoji, or one has an empty one");
}

/** What is dangerous: it takes two people, or its yes has to be typed. */
export function isDangerous({ needed, choices }: Pick<Question, "needed" | "choices">): boolean {
  return needed === 2 || choices.some((each) => each.yes && each.emoji === undefined);
}

/** The same question, of which no reaction can be the yes. */
export function withTypedYes(question: Question): Question {
  return { ...question, choices: question.choices.map((each) => (each.yes ? { ...each, emoji: undefined } : each)) };
}

function isMisleading({ name, yes }: Choice): boolean {
  return !/^[\p{L}\p{N}-]{1,40}$/u.test(name) || (yes && isRefusal(name));
}

function hasTwins(all: readonly string[]): boolean {
  return new Set(all).size < all.length;
}
