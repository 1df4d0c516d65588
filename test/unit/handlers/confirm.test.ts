import { expect, test } from "vitest";
import { confirm } from "../../../src/handlers/confirm.ts";
import { openPrompt, vote } from "../../../src/prompts/machine.ts";
import type { Prompt } from "../../../src/prompts/prompt.ts";
import type { SaidByCode, TypedOutcome } from "../../../src/prompts/typed.ts";
import { asker } from "../../support/asker.ts";
import { nadia, oleg, opsRoom, typedEvent } from "../../support/events.ts";

const view = { now: 0, timeZone: "UTC" };
const open = openPrompt(
  {
    id: "move/roglog",
    kind: "move",
    room: opsRoom,
    lines: [{ text: "Move roglog?" }],
    choices: [
      { name: "yes", emoji: undefined, label: "move it", yes: true },
      { name: "no", emoji: "❌", label: "leave it", yes: false },
    ],
    people: [nadia, oleg],
    needed: 2,
    notBy: undefined,
    free: false,
    deadlineAt: 1000,
    thread: undefined,
    payload: {},
  },
  "K7QP",
  0,
);
const said = (prompt: Prompt, choice: string, by = nadia): Prompt => {
  const event = typedEvent("!confirm", { n: prompt.votes.length }).eventId;
  return vote(prompt, { by, choice, free: undefined, event, typed: true, at: 1 }, { now: 1, mayAct: () => true, takenBack: () => false }).prompt;
};

async function answered(outcome: TypedOutcome | undefined, typed: { readonly code: string; readonly answer?: string }) {
  const heard: SaidByCode[] = [];
  const prompts = outcome === undefined ? undefined : { typed: async (each: SaidByCode) => (heard.push(each), outcome) };
  const reply = confirm.render(await confirm.run(typed, { prompts: () => prompts }, asker()), view);
  return { heard, text: JSON.stringify(reply.room) };
}

test("the code is understood in small letters, and who typed it where goes with it", async () => {
  const { heard } = await answered({ kind: "unknown" }, { code: "k7qp", answer: "no" });
  expect(heard).toMatchObject([{ code: "K7QP", word: "no", by: nadia, room: opsRoom, event: asker().event }]);
});

test.each([
  ["nobody asks", undefined, "No question with the code K7QP is open"],
  ["another person", { kind: "not-you" }, "not among those who may answer"],
  ["no word where several are possible", { kind: "which", choices: ["1h", "no"], free: true }, "!confirm K7QP 1h, or no, or something of your own"],
  ["a removed message", { kind: "taken-back" }, "it answers nothing"],
  ["one that is over", { kind: "over", prompt: { ...open, status: "expired" } }, "is over: expired"],
  ["the first of two", { kind: "noted", prompt: said(open, "yes") }, "It needs 2 people; so far: @nadia"],
  ["the second of two", { kind: "answered", prompt: said(said(open, "yes"), "yes", oleg) }, "Confirmed: yes."],
  ["a no", { kind: "answered", prompt: said(open, "no") }, "Declined: nothing is done."],
] satisfies readonly (readonly [string, TypedOutcome | undefined, string])[])("%s is told in words", async (_what, outcome, words) => {
  expect((await answered(outcome, { code: "K7QP" })).text).toContain(words);
});
