import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventId } from "../../../../src/ids.ts";
import { contentBytes, mostContentBytes } from "../../../../src/matrix/outbox/fit.ts";
import { sealContent } from "../../../../src/matrix/outbox/seal.ts";
import type { Relation } from "../../../../src/relation.ts";

const target = parseEventId("$target");
const text = { msgtype: "m.text", body: "hello", format: "org.matrix.custom.html", formatted_body: "<p>hello</p>" };
const relations: readonly (Relation | undefined)[] = [
  undefined,
  { kind: "edit", of: { event: target } },
  { kind: "thread", root: { event: target } },
  { kind: "reply", to: { event: target } },
  { kind: "reaction", to: { event: target }, emoji: "✅" },
  { kind: "redaction", of: { event: target }, reason: "over" },
];

test("an edit carries the new content and a fallback for clients that know no edits", () => {
  const content = { ...text, "m.mentions": { user_ids: ["@nadia:example.org"] } };

  expect(sealContent({ content, relation: { kind: "edit", of: { key: "k" } } }, target)).toEqual({
    ...content,
    body: "* hello",
    formatted_body: "* <p>hello</p>",
    "m.new_content": content,
    "m.relates_to": { rel_type: "m.replace", event_id: "$target" },
  });
});

test("a message in a thread falls back to a reply, a reply is one", () => {
  expect(sealContent({ content: text, relation: { kind: "thread", root: { key: "k" } } }, target)["m.relates_to"]).toEqual({
    rel_type: "m.thread",
    event_id: "$target",
    is_falling_back: true,
    "m.in_reply_to": { event_id: "$target" },
  });
  expect(sealContent({ content: text, relation: { kind: "reply", to: { key: "k" } } }, target)["m.relates_to"]).toEqual({
    "m.in_reply_to": { event_id: "$target" },
  });
});

test("a reaction names the event and the emoji, a redaction what it takes back", () => {
  expect(sealContent({ content: {}, relation: { kind: "reaction", to: { key: "k" }, emoji: "✅" } }, target)).toEqual({
    "m.mentions": {},
    "m.relates_to": { rel_type: "m.annotation", event_id: "$target", key: "✅" },
  });
  expect(sealContent({ content: {}, relation: { kind: "redaction", of: { key: "k" }, reason: "over" } }, target)).toEqual({
    redacts: "$target",
    reason: "over",
  });
});

test("nobody is mentioned unless the message says so", () => {
  expect(sealContent({ content: text }, undefined)["m.mentions"]).toEqual({});
});

test("what is too long loses its HTML first and keeps every word", () => {
  const body = "word ".repeat(8000);

  const sealed = sealContent({ content: { ...text, body, formatted_body: `<p>${body}</p>` } }, undefined);

  expect(sealed).toEqual({ msgtype: "m.text", body, "m.mentions": {} });
});

test("what is still too long is cut with a note, and fills the event", () => {
  const sealed = sealContent({ content: { ...text, body: "🟢".repeat(30_000) } }, undefined);

  expect(sealed["body"]).toMatch(/^(🟢)+\n… \(cut: too long for a Matrix event\)$/u);
  expect(contentBytes(sealed)).toBeGreaterThan(mostContentBytes - 8);
  expect(contentBytes(sealed)).toBeLessThanOrEqual(mostContentBytes);
});

test("any content under any relation fits into an event and is valid Unicode", () => {
  const piece = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom("\ud800", "\udfff", "🟢", "\u0000", '"', "\\", "é", "a"));
  const long = fc
    .tuple(piece, fc.integer({ min: 0, max: 40_000 }))
    .map(([each, times]) => each.repeat(Math.min(times, Math.floor(70_000 / Math.max(1, each.length)))));
  const anything = fc.oneof(long, fc.jsonValue({ maxDepth: 2 }), fc.array(piece, { maxLength: 5 }));
  const content = fc.record(
    {
      msgtype: piece,
      body: fc.oneof(long, anything),
      formatted_body: fc.oneof(long, anything),
      info: anything,
      "m.mentions": anything,
      [`x${"y".repeat(50)}`]: long,
    },
    { requiredKeys: [] },
  );

  fc.assert(
    fc.property(content, fc.constantFrom(...relations), (given, relation) => {
      const sealed = sealContent(relation === undefined ? { content: given } : { content: given, relation }, target);
      const json = JSON.stringify(sealed);
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(mostContentBytes);
      expect(strings(sealed).every((each) => each.isWellFormed())).toBe(true);
      expect("m.mentions" in sealed || relation?.kind === "redaction").toBe(true);
    }),
    { numRuns: 150 },
  );
});

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.entries(value).flatMap(([key, each]) => [key, ...strings(each)]) : [];
}
