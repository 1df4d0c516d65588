import { spawnSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { codeBlocks, writeOut } from "./code-blocks.ts";

const { folder, files } = await writeOut(await codeBlocks("docs/adding-a-command.md"), "dist");
afterAll(() => rm(folder, { recursive: true, force: true }));

// The page's own tests become tests of this file.
for (const file of files.filter((each) => each.endsWith(".test.ts"))) await import(file);

test("the page has a command and its test", () => {
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual(["src/handlers/nodes.ts", "test/unit/handlers/nodes.test.ts"]);
});

test("the code on the page has no type errors", { timeout: 60_000 }, async () => {
  const config = join(folder, "tsconfig.json");
  await writeFile(config, JSON.stringify({ extends: "../../tsconfig.json", include: [], files }));
  const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", config], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});
