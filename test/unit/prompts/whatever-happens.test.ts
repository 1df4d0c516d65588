/** Questions in a room where anything happens: reactions, redactions, typed answers, kills at any write, clocks set forth and back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { act, changeOfMind } from "../../support/question-life/acts.ts";
import { nadia } from "../../support/question-life/cast.ts";
import { liveThrough } from "../../support/question-life/life.ts";
import { reopenableStore } from "../../support/temp-store.ts";

/** `OPSROOM_PROPERTY_RUNS=2000` looks for longer. */
const numRuns = Number(process.env["OPSROOM_PROPERTY_RUNS"] ?? 120);

test.each([
  ["anything", act, [1, 2] as const, ["answered", "expired", "used by 1", "used by 2"]],
  ["people who change their minds", changeOfMind, [2] as const, ["expired", "used by 2"]],
] as const)(
  "%s: at most one answer, by enough of those asked, in time, of what they did not take back; done at most once, as it was shown",
  async (_what, happening, needs, met) => {
    const { store, reopen } = await reopenableStore({ now: () => 0 });
    const database = { current: store, reopen };
    const ends: string[] = [];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 4, maxLength: 24 }),
        fc.constantFrom(...needs),
        fc.constantFrom(undefined, nadia),
        fc.boolean(),
        async (acts, needed, notBy, free) => {
          const { status, answer } = await liveThrough((run += 1), acts, { needed, notBy, free }, database);
          ends.push(answer?.yes === true ? `${status} by ${answer.by.length}` : status);
        },
      ),
      { numRuns },
    );
    // It is worth something only if all of it happens.
    expect(new Set(ends)).toEqual(new Set([...ends, ...met]));
  },
  600_000,
);
