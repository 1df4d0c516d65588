import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { errorCodes } from "../../../src/errors.ts";

const page = await readFile("docs/errors.md", "utf8");
const sections = new Map(
  page
    .split(/^## /mu)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);

test("every code is explained, and nothing else", () => {
  expect([...sections.keys()].toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});

test.each(Object.entries(errorCodes))("%s: kind and summary as in the code, with cause and what to do", (code, { kind, summary }) => {
  const section = sections.get(code);
  expect(section).toContain(`_${kind}_ — ${summary}`);
  expect(section).toMatch(/^- Cause: \S/mu);
  expect(section).toMatch(/^- Do: \S/mu);
});
