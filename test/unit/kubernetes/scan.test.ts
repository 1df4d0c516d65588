import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanList } from "../../../src/kubernetes/scan.ts";

/** Scans `text` in pieces of the given sizes, over and over. */
function scan(text: string, sizes: readonly number[]) {
  const items: unknown[] = [];
  const heads: unknown[] = [];
  const scanner = scanList({ unwanted: ["managedFields"], onHead: (list) => heads.push(list), onItems: (some) => items.push(...some) });
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const to = at + (sizes[turn % sizes.length] ?? 1);
    scanner.push(bytes.subarray(at, to));
    at = to;
  }
  return { list: scanner.end(), items, heads };
}

/** What is said of `managedFields`: on the second level of an item, objects and lists become null. */
function withoutUnwanted(value: unknown, level = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => withoutUnwanted(each, level + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      level === 1 && name === "managedFields" && typeof inner === "object" ? null : withoutUnwanted(inner, level + 1),
    ]),
  );
}

const names = fc.oneof(fc.string(), fc.constantFrom("items", "metadata", "managedFields", 'a"b\\', "é"));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.string({ unit: "grapheme" }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const pieces = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });

describe("a list that comes in pieces", () => {
  test("has the items and the rest that JSON.parse finds, however it is written and cut", () => {
    const lists = fc.tuple(
      fc.dictionary(names, value, { maxKeys: 3, noNullPrototype: true }),
      fc.oneof(fc.array(value, { maxLength: 6 }), value),
      fc.boolean(),
    );
    const spaces = fc.constantFrom(undefined, 2, "\t");
    fc.assert(
      fc.property(lists, spaces, pieces, ([rest, items, last], space, sizes) => {
        const text = JSON.stringify(last ? { ...rest, items } : { items, ...rest }, undefined, space);
        const whole: { items?: unknown } = JSON.parse(text);
        const found = scan(text, sizes);
        expect(found.items).toEqual(Array.isArray(whole.items) ? whole.items.map((each) => withoutUnwanted(each)) : []);
        expect(found.list).toEqual({ ...whole, items: Array.isArray(whole.items) ? [] : whole.items });
      }),
      { numRuns: 1000 },
    );
  });

  test("is refused wherever it ends too early", () => {
    const text = JSON.stringify({ metadata: { continue: "a" }, items: [{ name: '\\"' }, { metadata: { managedFields: [{}] } }, 3] });
    for (let length = 0; length < text.length; length += 1) expect(() => scan(text.slice(0, length), [5])).toThrow(SyntaxError);
  });

  test.each([
    '{"items":[1,]}',
    '{"items":[,1]}',
    '{"items":[1 2]}',
    '{"items":[{]}',
    '{"items":[1}}',
    '{"items":[]]}',
    '{"items":[1:2]}',
    '{"items":[]}x',
    "<html>",
    "",
  ])("is refused where it is no JSON: %s", (text) => {
    expect(() => scan(text, [3])).toThrow(SyntaxError);
  });

  test("also where what is wrong stands behind many items", () => {
    const many = Array.from({ length: 2000 }, () => '{"name":"a long enough name to fill a batch"}').join(",");
    expect(scan(`{"items":[${many}]}`, [1400]).items).toHaveLength(2000);
    expect(() => scan(`{"items":[${many},]}`, [1400])).toThrow(SyntaxError);
    // Where a comma ends a batch, there is none that `JSON.parse` could miss.
    const full = `"${"x".repeat(40_000)}"`;
    expect(() => scan(`{"items":[${full},]}`, [1400])).toThrow(SyntaxError);
    expect(() => scan(`{"items":[${full},,1]}`, [1400])).toThrow(SyntaxError);
  });

  test("finds items whose name is spelled with escapes", () => {
    expect(scan(String.raw`{"\u0069tems":[1,{"a":2}]}`, [4]).items).toEqual([1, { a: 2 }]);
  });

  test("tells what stands before its items as soon as they begin", () => {
    const { heads } = scan('{"kind":"PodList","metadata":{"continue":"abc"},"items":[{"a":1}]}', [4]);
    expect(heads).toEqual([{ kind: "PodList", metadata: { continue: "abc" }, items: [] }]);
  });
});
