import fc from "fast-check";
import { expect, test } from "vitest";
import { regexMatches, regexMistake } from "../../../../src/alerts/regex/regex.ts";

test.each([
  ["matrix-.*", "matrix-prod", true],
  ["(foo|bar)-\\d{1,3}", "bar-12", true],
  ["(foo|bar)-\\d{1,3}", "bar-1234", false],
  ["(?i)warn(ing)?", "WARNING", true],
  ["a(?i:B)c", "abc", true],
  ["a(?i:B)c", "abC", false],
  ["(?P<x>a)+", "aaa", true],
  ["10\\.0\\.\\d+\\.\\d+:\\d+", "10.0.3.4:9100", true],
  ["a\\-b\\_c", "a-b_c", true],
  ["[[:alpha:]_-]+", "ab_-", true],
  ["[^a-c]", "d", true],
  ["[]a]+", "]a", true],
  ["\\pL+", "ёж", true],
  ["\\p{Greek}", "α", true],
  ["\\x41\\x{1F525}", "A🔥", true],
  [".", "🔥", true],
  ["a.b", "a\nb", false],
  ["(?s)a.b", "a\nb", true],
  ["^foo$", "foo", true],
  [".*\\bdown\\b.*", "node down now", true],
  [".*\\bdown\\b.*", "shutdown", false],
  ["", "", true],
  ["", "x", false],
  ["a|", "", true],
  ["a{0}b", "b", true],
  ["x*?y+?", "xxy", true],
])("%s and %s: %s", (pattern, text, expected) => {
  expect(regexMatches(pattern, text)).toBe(expected);
});

test.each(["a**", "[z-a]", "[a", "a)", "\\k", "\\Qa\\E", "(?m)a", "(?<=a)b", "[[:nonsense:]]", "{2}a", "|{1,}", "\\p{Nonsense}"])(
  "%s is refused",
  (pattern) => {
    expect(regexMistake(pattern)).toBeTypeOf("string");
    expect(regexMatches(pattern, "a")).toBeUndefined();
  },
);

const piece: fc.Arbitrary<string> = fc.letrec<{ node: string; leaf: string }>((tie) => ({
  leaf: fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "ab", "", "\\.", "^", "$", "\\b"),
  node: fc.oneof(
    { maxDepth: 4 },
    tie("leaf"),
    fc.tuple(tie("node"), tie("node")).map(([x, y]) => `${x}${y}`),
    fc.tuple(tie("node"), tie("node")).map(([x, y]) => `(?:${x}|${y})`),
    fc.tuple(tie("node"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,}", "*?")).map(([x, times]) => `(${x})${times}`),
  ),
})).node;

test("it says the same as JavaScript's engine for what both know", () => {
  fc.assert(
    fc.property(piece, fc.string({ unit: fc.constantFrom("a", "b", "1", ".", "\n"), maxLength: 7 }), (pattern, text) => {
      expect(regexMistake(pattern)).toBeUndefined();
      expect(regexMatches(pattern, text)).toBe(new RegExp(`^(?:${pattern})$`, "u").test(text));
    }),
    { numRuns: 2000 },
  );
});

test("patterns that take others for ever take a moment", () => {
  const text = `${"a".repeat(5000)}!`;
  const started = performance.now();
  for (const pattern of ["(a+)+", "(a|a)*", "(a*)*b", ".*.*.*.*.*.*x", "(.*a){20}x", "(a?){50}a{50}", "((((){1000}){1000}){1000}){1000}"])
    expect(regexMatches(pattern, text)).toBe(false);
  expect(performance.now() - started).toBeLessThan(5000);
});
