/** `!confirm CODE [ANSWER]`: answers a question by typing, for clients that cannot react and for what a reaction is too light for. */
import * as z from "zod";
import { defineCommand } from "../chat/command.ts";
import { clip } from "../chat/render/outside-text.ts";
import type { Reply } from "../chat/line.ts";
import { readCode } from "../prompts/code.ts";
import type { Prompts } from "../prompts/service.ts";
import type { TypedOutcome } from "../prompts/typed.ts";

export interface ConfirmNeeds {
  /** `undefined` while this instance does not act. */
  readonly prompts: () => Pick<Prompts, "typed"> | undefined;
}

type ConfirmAnswer = TypedOutcome & { readonly code: string };

export const confirm = defineCommand({
  name: "confirm",
  summary: "Answers a question that Opsroom asked, by its code",
  examples: ["!confirm K7QP", "!confirm K7QP no", "!confirm K7QP 90m"],
  role: "operator",
  args: z.object({
    code: z.string().min(1).max(20).describe("the four letters or digits that stand in the question"),
    answer: z.string().min(1).max(100).optional().describe("what is answered; without it, yes"),
  }),
  positional: ["code", "answer"],
  deadlineMs: 10_000,
  run: async ({ code, answer }, { prompts }: ConfirmNeeds, { user, room, event, signal }): Promise<ConfirmAnswer> => {
    const typed = readCode(code);
    const outcome = (await prompts()?.typed({ code: typed, word: answer, by: user, room, event, signal })) ?? { kind: "unknown" };
    return { ...outcome, code: typed };
  },
  render: (answer): Reply => ({ room: [{ text: textOf(answer) }] }),
});

function textOf(answer: ConfirmAnswer): string {
  const code = clip(answer.code, 20);
  switch (answer.kind) {
    case "unknown":
      return `No question with the code ${code} is open in this room. Codes are good once, and until their deadline.`;
    case "which":
      return `Say what you answer: !confirm ${code} ${answer.choices.join(", or ")}${answer.free ? ", or something of your own" : ""}.`;
    case "not-you":
      return `You are not among those who may answer ${code}: the question says who may.`;
    case "taken-back":
      return "That message was removed, so it answers nothing.";
    case "over":
      return `The question ${code} is over: ${answer.prompt.status}. What you typed changes nothing.`;
    case "noted":
      return `Noted. It needs ${answer.prompt.needed} people; so far: ${answer.prompt.votes.map((each) => each.by).join(", ")}.`;
    case "answered":
      return answer.prompt.answer?.yes === true
        ? `Confirmed: ${clip(answer.prompt.answer.free ?? answer.prompt.answer.choice, 60)}.`
        : "Declined: nothing is done.";
    default:
      return answer satisfies never;
  }
}
