import { expect, test } from "vitest";
import { readTyped } from "../../../../src/sandbox/terminal/typed.ts";

test("what begins with no slash is said as it is", () => {
  expect(readTyped("  !status uzig ")).toEqual({ kind: "say", text: "!status uzig" });
  expect(readTyped("   ")).toEqual({ kind: "nothing" });
});

test("a slash is for the prompt", () => {
  expect(readTyped("/as Eve Smith")).toEqual({ kind: "as", name: "Eve Smith" });
  expect(readTyped("/react 12 ✅ Apply")).toEqual({ kind: "react", number: 12, emoji: "✅ Apply" });
  expect(readTyped("/thread 3 !status --all")).toEqual({ kind: "thread", number: 3, text: "!status --all" });
  expect(readTyped("/quit")).toEqual({ kind: "quit" });
});

test("a reaction without a number is for the bot's newest message", () => {
  expect(readTyped("/react 👀")).toEqual({ kind: "react", number: undefined, emoji: "👀" });
});

test("alerts begin, end and come by the dozen", () => {
  expect(readTyped("/fire")).toEqual({ kind: "fire", name: undefined, labels: {} });
  expect(readTyped("/fire DiskFull severity=critical instance=uzig:9100")).toEqual({
    kind: "fire",
    name: "DiskFull",
    labels: { severity: "critical", instance: "uzig:9100" },
  });
  expect(readTyped("/fire severity=critical")).toEqual({ kind: "fire", name: undefined, labels: { severity: "critical" } });
  expect(readTyped("/resolve DiskFull")).toEqual({ kind: "resolve", name: "DiskFull" });
  expect(readTyped("/resolve")).toEqual({ kind: "resolve", name: undefined });
  expect(readTyped("/storm")).toEqual({ kind: "storm", groups: undefined });
  expect(readTyped("/storm 20")).toEqual({ kind: "storm", groups: 20 });
});

test.each(["/as", "/react", "/react 3", "/thread x y", "/fire A b", "/fire A b=", "/storm x", "/storm 501", "/nonsense"])(
  "%s is answered with how it goes",
  (line) => {
    expect(readTyped(line).kind).toBe("wrong");
  },
);
