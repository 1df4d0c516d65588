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

test("a group that changes all the time is shown at once, and then every two seconds, as the page says", async () => {
  expect(workedOff(100).slice(0, 4)).toEqual([0, 2000, 4000, 6000]);
  expect(workedOff(100)).toHaveLength(30);
  expect(await readFile("docs/alerts.md", "utf8")).toContain("at most every two seconds");
});

test("one that changes seldom is never held back", () => {
  expect(workedOff(5000)).toHaveLength(12);
});

test("a group that rests holds up no other, and the first to be free is waited for", () => {
  const pacing = createPacing();
  pacing.worked("a", now);
  pacing.worked("b", now + 500);
  expect(["a", "b", "c"].map((group) => pacing.free(group, now + 1000))).toEqual([false, false, true]);
  expect(pacing.nextInMs(now + 1000)).toBe(1000);
  expect(pacing.nextInMs(now + 2100)).toBe(400);
  expect(pacing.nextInMs(now + 2500)).toBeUndefined();
});

test("a clock that is put back holds nobody up", () => {
  const pacing = createPacing();
  pacing.worked("a", now);
  expect(pacing.free("a", now - 3_600_000)).toBe(true);
  expect(pacing.nextInMs(now - 3_600_000)).toBeUndefined();
});
