/** `!help [command]`: what the asker may run, with examples. */
import * as z from "zod";
import type { CommandDescription } from "../chat/bound-command.ts";
import { defineCommand } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { suggestion } from "../chat/nearest.ts";
import { mayAct } from "../chat/roles.ts";

/** All that this command may do to the world. */
export interface HelpNeeds {
  readonly commands: () => readonly CommandDescription[];
}

export type HelpAnswer =
  | { readonly kind: "list"; readonly commands: readonly CommandDescription[] }
  | { readonly kind: "one"; readonly command: CommandDescription }
  | { readonly kind: "unknown"; readonly asked: string; readonly known: readonly string[] };

export const help = defineCommand({
  name: "help",
  summary: "What you may type here",
  examples: ["!help", "!help status"],
  role: "viewer",
  args: z.object({ command: z.string().max(64).optional().describe("a command's name") }),
  positional: ["command"],
  deadlineMs: 5_000,
  run: async ({ command: asked }, { commands }: HelpNeeds, { role }): Promise<HelpAnswer> => {
    const allowed = commands().filter((each) => mayAct(role, each.role));
    if (asked === undefined) return { kind: "list", commands: allowed };
    const name = asked.replace(/^!/u, "").toLowerCase();
    const command = allowed.find((each) => each.name === name);
    return command === undefined ? { kind: "unknown", asked: name, known: allowed.map((each) => each.name) } : { kind: "one", command };
  },
  render: (answer) => ({ room: lines(answer) }),
});

function lines(answer: HelpAnswer): readonly Line[] {
  switch (answer.kind) {
    case "list":
      return [
        { text: "What you may type here:", strong: true },
        ...answer.commands.map((each): Line => ({ item: [{ code: each.usage }, ` — ${each.summary}`] })),
        { text: ["More about one: ", { code: "!help status" }] },
      ];
    case "one":
      return [
        { text: [{ code: answer.command.usage }] },
        { text: answer.command.summary },
        ...answer.command.examples.map((example): Line => ({ item: [{ code: example }] })),
        { text: `Needs the role ${answer.command.role}.` },
      ];
    case "unknown":
      return [{ text: `There is no !${answer.asked} for you.${suggestion(answer.asked, answer.known, "!")} !help lists what there is.` }];
    default:
      return answer satisfies never;
  }
}
