/** `docs/commands.md`, made from the commands themselves. */
import type { CommandDescription } from "./bound-command.ts";

export function commandsPage(commands: readonly CommandDescription[]): string {
  const sections = commands.map(({ name, summary, usage, role, examples }) =>
    [`## !${name}`, "", `${summary}.`, "", `\`${usage}\` — role ${role}`, "", ...examples.map((example) => `- \`${example}\``)].join("\n"),
  );
  return [
    "# Commands",
    "",
    "<!-- Made by `npm run docs` from src/handlers; do not edit. -->",
    "",
    "Typed in an ops room by somebody whom the configuration names there. `!name --help` explains one.",
    "",
    ...sections.flatMap((each) => [each, ""]),
  ].join("\n");
}
