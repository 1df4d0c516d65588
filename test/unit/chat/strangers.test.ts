import { expect, test } from "vitest";
import { strangerBudget } from "../../../src/chat/strangers.ts";
import { parseUserId } from "../../../src/ids.ts";
import { mallory, oleg } from "../../support/events.ts";

test("one person's refusals are shown three times an hour, then again", () => {
  const budget = strangerBudget();
  expect([1, 2, 3, 4].map((n) => budget.take(mallory, n))).toEqual([true, true, true, false]);
  expect(budget.take(oleg, 5)).toBe(true);
  expect(budget.take(mallory, 3_600_002)).toBe(true);
});

test("a crowd of strangers is shown thirty refusals an hour in all", () => {
  const budget = strangerBudget();
  const shown = Array.from({ length: 1000 }, (_, n) => budget.take(parseUserId(`@s${n}:evil.example`), 1)).filter(Boolean);
  expect(shown).toHaveLength(30);
});
