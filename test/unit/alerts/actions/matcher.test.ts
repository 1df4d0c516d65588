import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesAll, parseMatchers, showMatcher, showMatchers, type Matcher } from "../../../../src/alerts/matcher.ts";

function read(text: string): readonly Matcher[] {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw new Error(parsed.mistake);
  return parsed.matchers;
}

function mistake(text: string): string {
  const parsed = parseMatchers(text);
  return parsed.ok ? `understood: ${JSON.stringify(parsed.matchers)}` : parsed.mistake;
}

const one = (name: string, op: Matcher["op"], value: string): Matcher => ({ name, op, value });

test.each([
  ['severity="critical"', [one("severity", "=", "critical")]],
  ['{ns=~"matrix-.*", "utf8 name"!="x"}', [one("ns", "=~", "matrix-.*"), one("utf8 name", "!=", "x")]],
  ['{ foo = "bar", dings != "bums", }', [one("foo", "=", "bar"), one("dings", "!=", "bums")]],
  ["foo=bar,dings!=bums", [one("foo", "=", "bar"), one("dings", "!=", "bums")]],
  ["{foo=bar}", [one("foo", "=", "bar")]],
  ["foo=two words , a!~b", [one("foo", "=", "two words"), one("a", "!~", "b")]],
  ["foo=", [one("foo", "=", "")]],
  ["statuscode=~5..", [one("statuscode", "=~", "5..")]],
  ["instance=~10\\.0\\.0\\.\\d+:9100", [one("instance", "=~", "10\\.0\\.0\\.\\d+:9100")]],
  ['instance=~"10\\.0\\.0\\.\\d+"', [one("instance", "=~", "10\\.0\\.0\\.\\d+")]],
  ['instance=~"10\\\\.0"', [one("instance", "=~", "10\\.0")]],
  ['quote="She said: \\"Hi, ladies!\\""', [one("quote", "=", 'She said: "Hi, ladies!"')]],
  ['a="tab\\tbell\\a\\x41\\101\\u00e9\\U0001F525"', [one("a", "=", "tab\tbell\u0007AAé🔥")]],
  ['"job.name"=a', [one("job.name", "=", "a")]],
  ["job.name=a", [one("job.name", "=", "a")]],
  ['größe="ü"', [one("größe", "=", "ü")]],
  ['a="x}y,z"', [one("a", "=", "x}y,z")]],
])("%s is understood", (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ["", /no matcher.*name="value"/u],
  ["{}", /no matcher/u],
  ["{a=b", /character 5: the closing \} is missing/u],
  ["a=b}", /character 4: a value with \} in it must be in double quotes/u],
  ['a="b"}', /\} without \{/u],
  ['a="b', /character 3: this " is not closed/u],
  ['a="b" c="d"', /character 7: a comma is expected/u],
  ["a=b c=d", /a comma is expected/u],
  ["NodeDown", /after NodeDown one of = != =~ !~/u],
  ["a==b", /== is no operator/u],
  ["a!=~b", /!=~ is no operator/u],
  ["=b", /character 1: a label's name/u],
  ["a='b'", /double ones/u],
  ["a=“b”", /double ones/u],
  ["a=~{2}", /must be in double quotes/u],
  ['a=~"("', /character 1: the regular expression of a opens a \( that is not closed/u],
  ['x=1, a=~"*foo"', /character 6: .*shell's \* is \.\*/u],
  ['a=~"(?=x)"', /neither ahead nor behind/u],
  ['a=~"(x)\\\\1"', /no references to groups/u],
  [`a=~"${"x".repeat(1001)}"`, /longer than 1000 characters/u],
  ['a=~"((x{1000}){1000}){1000}"', /repeats too much/u],
  ['a=~"x{2000}"', /up to 1000 repetitions/u],
  [`a=~"${"(".repeat(300)}"`, /nested too deeply/u],
  ["a=b,".repeat(200), /200 matchers/u],
  ["x".repeat(20_000), /longer than/u],
])("%s is refused in words", (text, words) => {
  expect(mistake(text)).toMatch(words);
});

test("no text whatever makes the parser throw", () => {
  const typed = fc.string({ unit: fc.constantFrom(...Array.from("ab=!~{}\"',\\ (.*)[0-9]|+?xu\n")), maxLength: 60 });
  fc.assert(
    fc.property(typed, (each) => {
      expect(parseMatchers(each).ok).toBeTypeOf("boolean");
    }),
  );
});

const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((each) => each.toWellFormed());
const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: text.filter((each) => each !== ""),
  op: fc.constantFrom("=", "!="),
  value: text,
});

test("what is shown is read back as it was", () => {
  fc.assert(
    fc.property(fc.array(matcher, { minLength: 1, maxLength: 5 }), (matchers) => {
      expect(read(showMatchers(matchers))).toEqual(matchers);
      expect(read(matchers.map(showMatcher).join(","))).toEqual(matchers);
    }),
  );
});

test("a regular expression matches the whole value; an absent label is an empty one", () => {
  const labels = { ns: "matrix-prod", constructor2: "x" };
  const fits = (each: string): boolean => matchesAll(labels, read(each));
  expect(fits('ns=~"matrix-.*"')).toBe(true);
  expect(fits('ns=~"matrix"')).toBe(false);
  expect(fits('ns!~"matrix"')).toBe(true);
  expect(fits('absent=""')).toBe(true);
  expect(fits('absent=~".+"')).toBe(false);
  expect(fits('absent!="x", ns="matrix-prod"')).toBe(true);
  expect(fits('constructor=""')).toBe(true);
});
