import { describe, expect, test } from "vitest";
import * as z from "zod";
import { bindArguments } from "../../../src/chat/arguments.ts";
import { parseTyped } from "../../../src/chat/parse.ts";
import { usageOf } from "../../../src/chat/usage.ts";

const command = {
  name: "silence",
  positional: ["matchers", "for"],
  args: z.object({
    matchers: z.string(),
    for: z.string().optional(),
    limit: z.coerce.number().int("must be a whole number").optional(),
    all: z.boolean().optional(),
  }),
};

const bind = (text: string): unknown => {
  const typed = parseTyped(text);
  return typed.kind === "command" ? bindArguments(command, typed.words) : typed;
};

describe("words become arguments", () => {
  test("words by place, flags by name, switches alone", () => {
    expect(bind("!silence node=uzig 2h --limit 5 --all")).toEqual({ kind: "args", args: { matchers: "node=uzig", for: "2h", limit: 5, all: true } });
    expect(bind("!silence --limit=5 x")).toEqual({ kind: "args", args: { matchers: "x", limit: 5 } });
  });

  test("--help wins over everything", () => {
    expect(bind("!silence --help")).toEqual({ kind: "help" });
  });

  test.each([
    ["!silence", "matchers is missing. Usage: !silence matchers [for] [--limit …] [--all]"],
    ["!silence a b c", "“c” is one word too many. Usage: !silence matchers [for] [--limit …] [--all]"],
    ["!silence a --limti 5", "!silence has no --limti. Did you mean --limit?"],
    ["!silence a --limit", "--limit needs a value."],
    ["!silence a --all=yes", "--all takes no value."],
    ["!silence a --all --all", "--all is there twice."],
    ["!silence a --limit 1.5", "limit: must be a whole number. Usage: !silence matchers [for] [--limit …] [--all]"],
    ["!silence a --__proto__ 1", "!silence has no --__proto__."],
  ])("%s → one line that says what is wrong", (typed, text) => {
    expect(bind(typed)).toEqual({ kind: "mistake", text });
  });

  test("usage is read from the schema", () => {
    expect(usageOf(command)).toBe("!silence matchers [for] [--limit …] [--all]");
  });
});
