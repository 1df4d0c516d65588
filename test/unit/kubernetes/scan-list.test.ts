import fc from "fast-check";
import { expect, test } from "vitest";
import { scanList } from "../../../src/kubernetes/scan-list.ts";

/** Scans `text` in pieces of the given sizes. */
function scan(text: string, sizes: readonly number[] = [1_000_000]) {
  const items: unknown[] = [];
  const scanner = scanList((item) => items.push(JSON.parse(item)));
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    scanner.push(bytes.subarray(at, at + size));
    at += size;
  }
  const { envelope, hadItems } = scanner.end();
  return { items, envelope: JSON.parse(envelope), hadItems, head: scanner.head() };
}

const value = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("items", "metadata", "managedFields", 'a"b\\')), value, { maxKeys: 5 });
const item = fc.record({
  metadata: fc.record({ name: fc.string(), managedFields: fc.array(object, { maxLength: 3 }) }, { requiredKeys: ["name"] }),
  spec: object,
  status: value,
});

test("whatever the list and however it is cut, its items and its envelope are those that JSON.parse finds", () => {
  const lists = fc.record({
    items: fc.oneof(fc.array(fc.oneof(item, object), { maxLength: 6 }), fc.constant(null)),
    metadata: object,
    before: fc.boolean(),
    pretty: fc.constantFrom(undefined, 2),
  });
  fc.assert(
    fc.property(lists, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), ({ items, metadata, before, pretty }, sizes) => {
      const list = before ? { kind: "PodList", metadata, items } : { items, apiVersion: "v1", metadata };
      const text = JSON.stringify(list, undefined, pretty);
      const found = scan(text, sizes);
      expect(found.items).toEqual((items ?? []).map(withoutManagedFields));
      expect(found.hadItems).toBe(items !== null);
      expect(found.envelope).toEqual({ ...JSON.parse(text), items: items === null ? null : [] });
    }),
    { numRuns: 500 },
  );
});

/** Only where the API has it: in an object that stands in the item itself. */
function withoutManagedFields(each: unknown): unknown {
  if (typeof each !== "object" || each === null) return each;
  return Object.fromEntries(
    Object.entries(JSON.parse(JSON.stringify(each))).map(([name, inner]) => [
      name,
      typeof inner === "object" && inner !== null && !Array.isArray(inner) && "managedFields" in inner ? { ...inner, managedFields: null } : inner,
    ]),
  );
}

test("the head is there as soon as the items begin", () => {
  const scanner = scanList(() => undefined);
  scanner.push(Buffer.from('{"kind":"PodList","metadata":{"continue":"abc"},"it'));
  expect(scanner.head()).toBeUndefined();
  scanner.push(Buffer.from('ems":[{"a":1'));
  expect(scanner.head()).toBe('{"kind":"PodList","metadata":{"continue":"abc"},"items":[');
});

test("an answer that ends in the middle is an error", () => {
  expect(() => scan('{"items":[{"a":1}')).toThrow("ends in the middle");
  expect(() => scan('{"items":[],"metadata":"abc')).toThrow("ends in the middle");
});

test("what is large and no list is not kept", () => {
  expect(() => scan(`{"html":"${"x".repeat(2_000_000)}"}`)).toThrow("beside its items");
});
