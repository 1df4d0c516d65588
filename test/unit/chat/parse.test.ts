import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTyped } from "../../../src/chat/parse.ts";

const words = (text: string): readonly string[] | string => {
  const typed = parseTyped(text);
  return typed.kind === "command" ? typed.words.map((word) => word.text) : typed.kind;
};

describe("what people type", () => {
  test.each([
    ["!status", []],
    ["  !STATUS uzig", ["uzig"]],
    ['!announce roglog "down for an hour" now', ["roglog", "down for an hour", "now"]],
    ["!announce roglog “down for an hour”", ["roglog", "down for an hour"]],
    ["!status —all", ["--all"]],
    ['!x ""', [""]],
    ["!x it's", ["it's"]],
  ])("%s", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test.each(["hello", "!", "! status", "!!", "!?", "what !status does", `!x ${"y".repeat(5000)}`])("is talk, not a command: %s", (text) => {
    expect(parseTyped(text)).toEqual({ kind: "talk" });
  });

  test("a quote that is not closed is named", () => {
    expect(parseTyped('!x "abc')).toEqual({ kind: "unclosed", name: "x", quote: '"' });
  });

  test("a quoted word is never a flag", () => {
    expect(parseTyped('!x "--all"')).toMatchObject({ words: [{ text: "--all", quoted: true }] });
  });

  test("whatever is typed, reading it ends and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (rest) => {
        expect(["talk", "command", "unclosed"]).toContain(parseTyped(`!a${rest}`).kind);
      }),
    );
  });

  test("words without quotes or spaces come back as they were typed", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9.:@=-]{1,12}$/u), { maxLength: 6 }), (typed) => {
        expect(words(`!name ${typed.join("  ")}`)).toEqual(typed);
      }),
    );
  });
});
