import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Line, Span } from "../../../../src/chat/line.ts";
import { mostContentBytes, renderContent } from "../../../../src/chat/render/content.ts";
import { tableColumns } from "../../../../src/chat/render/table.ts";
import { displayWidth } from "../../../../src/chat/render/width.ts";
import { parseUserId } from "../../../../src/ids.ts";
import { lintHtml, preLines } from "../../../support/html-linter.ts";

const render = (...lines: readonly Line[]) => renderContent(lines, { mentions: [] });
const nadia = parseUserId("@nadia:example.org");

const nasty = fc.constantFrom(
  "<img src=x onerror=alert(1)>",
  "</p><script>",
  "</code></pre><h1>",
  '"><a href="javascript:x">',
  "&lt;b&gt;",
  "@room",
  "https://matrix.to/#/@nadia:example.org",
  "\u202eevil\u202c",
  "a\u200bb\ufeffc\u2060",
  "\ud800",
  "e\u0301\u0301\u0301\u0301\u0301\u0301",
  "👨‍👩‍👧🇷🇺漢字",
  "\r\n\t\u2028\u0000\u001b[31m",
  "\u{e0041}\u{e007f}",
  "ความจำ",
);
const outside = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  nasty,
  fc.array(nasty, { maxLength: 6 }).map((all) => all.join("")),
);
const span: fc.Arbitrary<Span> = fc.oneof(
  outside,
  outside.map((strong) => ({ strong })),
  outside.map((code) => ({ code })),
  outside.map((struck) => ({ struck })),
  fc.record({
    label: outside,
    link: fc.oneof(outside, fc.webUrl(), fc.constantFrom("javascript:alert(1)", 'https://x/"onclick="y', "https://a@b/", "data:text/html,x")),
  }),
);
const text = fc.oneof(outside, fc.array(span, { maxLength: 4 }));
const line: fc.Arbitrary<Line> = fc.oneof(
  text.map((value): Line => ({ text: value })),
  text.map((value): Line => ({ text: value, strong: true })),
  text.map((item): Line => ({ item })),
  fc.array(outside, { maxLength: 14 }).map((columns): Line => ({ columns })),
  outside.map((code): Line => ({ code })),
);

test("whatever comes from outside, the HTML has only portable tags, all closed", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      expect(lintHtml(render(...lines).formatted_body)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test("a table's line is never wider than a phone, whatever is in it", () => {
  fc.assert(
    fc.property(fc.array(fc.array(outside, { maxLength: 14 }), { minLength: 1, maxLength: 5 }), (rows) => {
      const { formatted_body } = render(...rows.map((columns) => ({ columns })));
      expect(preLines(formatted_body)).toHaveLength(rows.length);
      for (const each of preLines(formatted_body)) expect(displayWidth(each)).toBeLessThanOrEqual(tableColumns);
    }),
    { numRuns: 400 },
  );
});

test("a message is never too large for an event, however much it is asked to say, and says what it leaves out", () => {
  const many = Array.from({ length: 5000 }, (_, at): Line => ({ item: `"pod" <${at}> ${"&".repeat(40)}` }));
  const content = render(...many);
  expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(mostContentBytes + 500);
  expect(content.body).toMatch(/… \d+ more lines are left out\.$/u);
  expect(lintHtml(content.formatted_body)).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(render({ text: '"'.repeat(1e6) }, { code: "\u0007".repeat(1e6) })))).toBeLessThan(65_000);
});

test("neighbouring rows are one table, neighbouring items one list", () => {
  const { formatted_body, body } = render(
    { text: "Nodes", strong: true },
    { columns: ["uzig", "94 %"] },
    { columns: ["sentinel", "5 %"] },
    { item: "a" },
    { item: "b" },
  );
  expect(formatted_body).toBe("<p><strong>Nodes</strong></p><pre><code>uzig     94 %\nsentinel  5 %\n</code></pre><ul><li>a</li><li>b</li></ul>");
  expect(body).toBe("Nodes\nuzig     94 %\nsentinel  5 %\n- a\n- b");
});

test("names from outside notify nobody: m.mentions is always there and has only who was meant", () => {
  const content = render({ text: "@room @nadia:example.org https://matrix.to/#/@nadia:example.org matrix:u/nadia:example.org" });
  expect(content["m.mentions"]).toEqual({});
  expect(content.msgtype).toBe("m.notice");
  expect(content.formatted_body).not.toMatch(/<a|matrix\.to\/#|matrix:u/u);
  expect(content.body).not.toMatch(/matrix\.to\/#/u);
});

test("a message that mentions somebody is no notice, since notices never notify", () => {
  const content = renderContent([{ text: "look" }], { mentions: [nadia, nadia] });
  expect(content).toMatchObject({ msgtype: "m.text", "m.mentions": { user_ids: [nadia] } });
});

test("a link is a link only if it leads to the web under its own name", () => {
  const link = (to: string) => render({ text: [{ label: "docs", link: to }] });
  expect(link("https://example.org/a?b=1&c=2").formatted_body).toBe('<p><a href="https://example.org/a?b=1&amp;c=2">docs</a></p>');
  expect(link("https://example.org/x").body).toBe("docs (https://example.org/x)");
  expect(link("https://matrix.to/#/@nadia:example.org").formatted_body).toContain("matrix.to/#/@nadia");
  for (const bad of ["javascript:alert(1)", "ftp://example.org/", "matrix:u/nadia", "//example.org", "https://bank.example@evil.example/"])
    expect(link(bad).formatted_body).toBe("<p>docs</p>");
});

test("a doctored name does not look like the real one", () => {
  expect(render({ text: "uz\u200big" }).body).toBe("uz\ufffdig");
  expect(render({ text: "\u202egizu" }).body).toBe("\ufffdgizu");
  expect(render({ text: "one\n🔴 two" }).body).toBe("one 🔴 two");
  expect(render({ text: "👨‍👩‍👧 می‌خواهم ❤️" }).body).toBe("👨‍👩‍👧 می‌خواهم ❤️");
});

test("the linter sees what it is there for", () => {
  for (const bad of [
    "<h1>x</h1>",
    '<p class="x">a</p>',
    "<p>a",
    "a</p>",
    "<b><i>x</b></i>",
    "a < b",
    "a & b",
    '<a href="javascript:x">y</a>',
    "<p>\u202ex</p>",
    "<ul>x<p>y</p></ul>",
  ])
    expect(lintHtml(bad)).not.toEqual([]);
  expect(lintHtml('<p>a<br>b &amp; <a href="https://x.org/">c</a></p><ul><li>d</li></ul>')).toEqual([]);
});
