import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { roles } from "../../../src/chat/roles.ts";
import { commandList } from "../../../src/handlers/registry.ts";

test("every file of src/handlers is a command that can be typed, and every command has its file", async () => {
  const files = (await readdir("src/handlers"))
    .filter((file) => !file.endsWith(".render.ts") && file !== "registry.ts")
    .map((file) => file.replace(/\.ts$/u, ""));
  expect(commandList.map((each) => each.name).toSorted()).toEqual(files.toSorted());
});

test("docs/commands.md has every command, with its usage and role", async () => {
  const page = await readFile("docs/commands.md", "utf8");
  for (const { name, usage, role } of commandList) {
    expect(page).toContain(`## !${name}`);
    expect(page).toContain(usage);
    expect(page).toContain(`role ${role}`);
  }
  expect(page.match(/^## !/gmu)).toHaveLength(commandList.length);
});

test("every command says who may run it, and its examples call it", () => {
  for (const { name, role, examples } of commandList) {
    expect(roles).toContain(role);
    for (const example of examples) expect(example).toMatch(new RegExp(`^!${name}\\b`, "u"));
  }
});
