/** A command with its needs filled in: what the dispatcher runs, whatever the command's own types are. */
import { bindArguments } from "./arguments.ts";
import type { Asker, Command, View } from "./command.ts";
import type { Reply } from "./line.ts";
import type { Word } from "./parse.ts";
import type { Role } from "./roles.ts";
import { usageOf } from "./usage.ts";

export interface BoundCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly examples: readonly string[];
  readonly role: Role;
  readonly deadlineMs: number;
  readonly prepare: (words: readonly Word[]) => Prepared;
}

export type Prepared =
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly text: string }
  /** `run` throws what the command throws; its `view` is asked for when the answer is there. */
  | { readonly kind: "ready"; readonly run: (asker: Asker, view: () => View) => Promise<Reply> };

/** What `!help` and the docs tell of a command; needs nothing to be filled in. */
export type CommandDescription = Omit<BoundCommand, "prepare">;

export function describeCommand<Args, Needs, Answer>(command: Command<Args, Needs, Answer>): CommandDescription {
  const { name, summary, examples, role, deadlineMs } = command;
  return { name, summary, examples, role, deadlineMs, usage: usageOf(command) };
}

export function bindCommand<Args, Needs, Answer>(command: Command<Args, Needs, Answer>, needs: Needs): BoundCommand {
  return {
    ...describeCommand(command),
    prepare: (words) => {
      const bound = bindArguments(command, words);
      if (bound.kind !== "args") return bound;
      return { kind: "ready", run: async (asker, view) => command.render(await command.run(bound.args, needs, asker), view()) };
    },
  };
}
