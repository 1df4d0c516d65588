import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/start.ts";
import { mostSyncAgeMs } from "../../../src/observe/health.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

const page = await readFile("docs/operating.md", "utf8");

test("the page names every metric of ours, and no other", () => {
  const ours = createMetrics(() => 0)
    .registry.getMetricsAsArray()
    .map(({ name }) => name)
    .filter((name) => name.startsWith("opsroom_"));
  const named = [...page.matchAll(/^\| `(?<name>opsroom_\w+)`/gmu)].map((match) => match.groups?.["name"] ?? "");
  expect(named.toSorted()).toEqual(ours.toSorted());
});

test("the page names every exit code", () => {
  const [section = ""] = /^### Exit codes$[^#]*/mu.exec(page) ?? [];
  const named = [...section.matchAll(/(?:^|· )(?<code>\d+) /gmu)].map((match) => Number(match.groups?.["code"]));
  expect(named).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
});

test("the page says how old a sync may be, as the code has it", () => {
  expect(page).toContain(`the last good sync is at most ${mostSyncAgeMs / 1000} s old`);
});
