import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createPacing } from "../../../src/alerts/pacing.ts";

const now = Date.UTC(2026, 5, 12);

/** A group that changes every `everyMs` for a minute. @returns when it was worked off, milliseconds since the beginning */
function workedOff(everyMs: number): readonly number[] {
  const pacing = createPacing();
  const times: number[] = [];
  for (let at = 0; at < 60_000; at += everyMs)
    if (pacing.free("a", now + at)) {
      pacing.worked("a", now + at);
      times.push(at);
    }
  return times;
}

test("a group that changes all the time is shown at once, then less and less often, as the page says", async () => {
  expect(workedOff(100).slice(0, 6)).toEqual([0, 1000, 3000, 7000, 12_000, 17_000]);
  expect(workedOff(100)).toHaveLength(14);
  expect(await readFile("docs/alerts.md", "utf8")).toContain("after one second, two, four, and then every five");
});

test("one that changes seldom is never held back", () => {
  expect(workedOff(2000)).toHaveLength(30);
});

test("one that was calm for a while is shown as soon as at first", () => {
  const pacing = createPacing();
  for (const at of [0, 1000, 3000, 7000]) pacing.worked("a", now + at);
  expect(pacing.free("a", now + 11_999)).toBe(false);
  pacing.worked("a", now + 17_001);
  expect(pacing.free("a", now + 18_001)).toBe(true);
});

test("a group that rests holds up no other, and the first to be free is waited for", () => {
  const pacing = createPacing();
  for (const at of [0, 1000]) pacing.worked("a", now + at);
  pacing.worked("b", now + 1500);
  expect(["a", "b", "c"].map((group) => pacing.free(group, now + 2000))).toEqual([false, false, true]);
  expect(pacing.nextInMs(now + 2000)).toBe(500);
  expect(pacing.nextInMs(now + 2600)).toBe(400);
  expect(pacing.nextInMs(now + 3000)).toBeUndefined();
});

test("a clock that is put back holds nobody up", () => {
  const pacing = createPacing();
  pacing.worked("a", now);
  expect(pacing.free("a", now - 3_600_000)).toBe(true);
  expect(pacing.nextInMs(now - 3_600_000)).toBeUndefined();
});
