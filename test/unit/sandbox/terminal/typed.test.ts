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

test.each(["/as", "/react 3", "/react ✅", "/thread x y", "/nonsense"])("%s is answered with how it goes", (line) => {
  expect(readTyped(line).kind).toBe("wrong");
});
