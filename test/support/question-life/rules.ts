/** What must hold of a question after every single write, whoever is told of it. */
import { legal } from "../../../src/prompts/machine.ts";
import type { Prompt, Question } from "../../../src/prompts/prompt.ts";
import type { EventId, UserId } from "../../../src/ids.ts";
import { must } from "../must.ts";
import { goodForMs, lena, nadia, oleg } from "./cast.ts";

export interface Cause {
  readonly event: EventId;
  readonly by: UserId;
  /** What it stands for; what is no choice stands for nothing. */
  readonly choice: string | undefined;
}

/** What the world knows and a question cannot change. */
export interface World {
  readonly question: Question;
  readonly now: () => number;
  readonly mayAct: (user: UserId) => boolean;
  readonly causes: () => readonly Cause[];
  /** Whether a redaction of it, in its own room, had reached us. */
  readonly takenBack: (event: EventId) => boolean;
}

export interface Picture {
  readonly prompt: Prompt;
  /** Timers that hand the answer on. */
  readonly handing: number;
  /** Payloads of what was done, as it was recorded. */
  readonly done: readonly unknown[];
}

/** Looks at one picture after the other. */
export function questionRules(world: World): (picture: Picture) => void {
  const replaced = new Set<EventId>();
  let before: Prompt | undefined;
  let answers = 0;
  return ({ prompt, handing, done }) => {
    if (before !== undefined) keeps(before, prompt);
    for (const was of before?.votes ?? []) {
      const is = prompt.votes.find((each) => each.by === was.by);
      if (is !== undefined && is.event !== was.event) replaced.add(was.event);
    }
    must(!prompt.votes.some((each) => replaced.has(each.event)), "what was replaced does not come back");
    if (prompt.status === "answered" && before?.status === "open") {
      answers += 1;
      must(handing === 1, "an answer is handed on");
      if (prompt.answer?.yes === true) isGood(prompt, world);
      else
        must(
          prompt.votes.at(-1)?.choice === "no" && prompt.answer?.by.every((by) => isPerson(by) && world.mayAct(by)) === true,
          "a no was said by one of them",
        );
    }
    if (prompt.status === "used" && before?.status === "answered") {
      must(world.now() - (prompt.answer?.at ?? 0) < goodForMs, "used soon");
      must(prompt.answer?.by.every(world.mayAct) === true, "used while they still may");
    }
    must(answers <= 1, "one answer");
    must(handing <= (prompt.status === "answered" ? 1 : 0), "handed on once, and only an answer");
    must(done.length === (prompt.status === "used" ? 1 : 0), "done once, and only when used");
    must(
      done.every((each) => JSON.stringify(each) === JSON.stringify(world.question.payload)),
      "done as it was shown",
    );
    before = prompt;
  };
}

function keeps(before: Prompt, prompt: Prompt): void {
  must(prompt.digest === before.digest, "the digest stays");
  must(before.status === prompt.status || legal[before.status].includes(prompt.status), `${before.status} to ${prompt.status}`);
  const fixed = ({ status: _status, why: _why, ...rest }: Prompt): string => JSON.stringify(rest);
  must(before.status === "open" || fixed(before) === fixed(prompt), "what is over does not change");
}

function isPerson(user: UserId): boolean {
  return [nadia, oleg, lena].includes(user);
}

function isGood({ answer, votes }: Prompt, { question, now, mayAct, causes, takenBack }: World): void {
  if (answer === undefined) throw new Error("no answer");
  must(now() < question.deadlineAt, "in time");
  must(new Set(answer.by).size === answer.by.length && answer.by.length >= question.needed, "enough different people");
  for (const by of answer.by) {
    must(isPerson(by) && mayAct(by) && by !== question.notBy, "only those who were asked and may");
    const vote = votes.find((each) => each.by === by);
    const cause = causes().find((each) => each.event === vote?.event);
    must(cause?.by === by && cause.choice === (answer.free ?? answer.choice), "each said just that");
    must(cause !== undefined && !takenBack(cause.event), "nobody had taken it back");
  }
}
