/** From a reaction or a typed word to the vote it is, if it is one. Pure. */
import { plainEmoji } from "../chat/emoji.ts";
import type { Reaction } from "../chat/reactions.ts";
import type { Prompt, Vote } from "./prompt.ts";
import { isRefusal } from "./question.ts";

const longestFree = 100;

/** `undefined` for an emoji that means nothing here; what has to be typed has none. */
export function reactionVote(prompt: Prompt, { emoji, by, event, room, at }: Omit<Reaction, "key">): Vote | undefined {
  const plain = plainEmoji(emoji);
  const choice = room === prompt.room ? prompt.choices.find((each) => each.emoji !== undefined && plainEmoji(each.emoji) === plain) : undefined;
  return choice === undefined ? undefined : { by, choice: choice.name, free: undefined, event, typed: false, at };
}

/** Without a word: the one yes that can be meant, if there is one. A word that refuses is a no, also where anything can be answered. */
export function typedVote({ choices, free }: Prompt, word: string | undefined): Pick<Vote, "choice" | "free"> | undefined {
  if (word === undefined) {
    const [yes, other] = choices.filter((each) => each.yes);
    return yes === undefined || other !== undefined || free ? undefined : { choice: yes.name, free: undefined };
  }
  const named = choices.find((each) => each.name.toLowerCase() === word.toLowerCase()) ?? (isRefusal(word) ? choices.find((each) => !each.yes) : undefined);
  if (named !== undefined) return { choice: named.name, free: undefined };
  return free && word.length <= longestFree ? { choice: "other", free: word } : undefined;
}
