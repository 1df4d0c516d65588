import { expect, test } from "vitest";
import { parseTyped } from "../../../src/chat/parse.ts";
import { bindCommand } from "../../../src/chat/bound-command.ts";
import type { Role } from "../../../src/chat/roles.ts";
import { help } from "../../../src/handlers/help.ts";
import { asker } from "../../support/asker.ts";

const descriptions = [
  { name: "status", usage: "!status [target]", summary: "what is wrong", examples: ["!status"], role: "viewer", deadlineMs: 1 },
  { name: "audit", usage: "!audit", summary: "who did what", examples: ["!audit"], role: "operator", deadlineMs: 1 },
] as const;

async function shown(typed: string, role: Role): Promise<string> {
  const parsed = parseTyped(typed);
  if (parsed.kind !== "command") throw new Error("not a command");
  const prepared = bindCommand(help, { commands: () => descriptions }).prepare(parsed.words);
  if (prepared.kind !== "ready") return prepared.kind;

  return JSON.stringify((await prepared.run(asker({ role }), () => ({ now: 0, timeZone: "UTC" }))).room);
}

test("lists only what the asker may run", async () => {
  expect(await shown("!help", "viewer")).not.toContain("!audit");
  expect(await shown("!help", "operator")).toContain("!audit");
});

test("a command that the asker may not run does not exist for them", async () => {
  expect(await shown("!help audit", "viewer")).toContain("There is no !audit for you.");
});

test("one command with its examples; an unknown one with the nearest", async () => {
  expect(await shown("!help !status", "viewer")).toContain("what is wrong");
  expect(await shown("!help statsu", "viewer")).toContain("Did you mean !status?");
});
