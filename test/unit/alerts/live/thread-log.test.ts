import { expect, test } from "vitest";
import { addToLog, emptyLog, pageLines } from "../../../../src/alerts/live/thread-log.ts";

const minute = 60_000;

test("changes within ten minutes are one message of the thread, edited", () => {
  const first = addToLog(emptyLog, ["14:00 one"], 0);
  const second = addToLog(first.log, ["14:05 two"], 5 * minute);
  const third = addToLog(second.log, ["14:20 three"], 20 * minute);
  expect([first.act, second.act, third.act]).toEqual(["write", "edit", "write"]);
  expect(pageLines(second.log)).toEqual(["14:00 one", "14:05 two"]);
  expect(pageLines(third.log)).toEqual(["14:20 three"]);
});

test("a thread has a bounded number of messages, and its last one says that more happened", () => {
  let log = emptyLog;
  let written = 0;
  for (let flip = 0; flip < 600; flip += 1) {
    const step = addToLog(log, [`flip ${flip}`], flip * 11 * minute);
    if (step.act === "write") written += 1;
    log = step.log;
  }
  expect(written).toBeLessThanOrEqual(12);
  expect(pageLines(log).at(-1)).toContain("not told one by one");
  expect(log.lines.length).toBeLessThanOrEqual(20);
});

test("nothing to tell is nothing to do", () => {
  expect(addToLog(emptyLog, [], 0)).toEqual({ log: emptyLog, act: "nothing" });
});
