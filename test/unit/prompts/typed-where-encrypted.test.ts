import { expect, test } from "vitest";
import { createPrompts } from "../../../src/prompts/service.ts";
import type { Prompt, Question } from "../../../src/prompts/prompt.ts";
import { nadia, oleg, opsRoom } from "../../support/events.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { tempStore } from "../../support/temp-store.ts";

async function ask(encrypted: boolean, needed: 1 | 2): Promise<Prompt> {
  const clock = manualClock();
  const store = await tempStore(clock);
  const prompts = createPrompts({
    store,
    account: oleg,
    view: () => ({ now: clock.now(), timeZone: "UTC" }),
    random: Math.random,
    roleOf: () => "operator",
    mustBeTyped: async () => encrypted,
    wakeSender: () => undefined,
    wakeTimers: () => undefined,
  });
  const question: Question = {
    id: "move/roglog",
    kind: "move",
    room: opsRoom,
    lines: [{ text: "Move roglog?" }],
    choices: [
      { name: "yes", emoji: "✅", label: "move it", yes: true },
      { name: "no", emoji: "❌", label: "leave it", yes: false },
    ],
    people: [nadia, oleg],
    needed,
    notBy: undefined,
    free: false,
    deadlineAt: clock.now() + 600_000,
    thread: undefined,
    payload: {},
  };
  return await store.write((tx) => prompts.ask(tx, question));
}

test.each([
  ["in an encrypted room the yes to what is dangerous has to be typed, a no may be tapped", true, 2, [undefined, "❌"]],
  ["in an encrypted room what is not dangerous is answered by a tap", true, 1, ["✅", "❌"]],
  ["elsewhere the homeserver is trusted anyway", false, 2, ["✅", "❌"]],
] as const)("%s", async (_, encrypted, needed, emojis) => {
  expect((await ask(encrypted, needed)).choices.map(({ emoji }) => emoji)).toEqual(emojis);
});
