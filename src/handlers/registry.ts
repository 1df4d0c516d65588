/** Every command there is. A test compares this list with the folder, and with docs/commands.md. */
import { bindCommand, describeCommand, type BoundCommand, type CommandDescription } from "../chat/bound-command.ts";
import { audit, type AuditNeeds } from "./audit.ts";
import { help } from "./help.ts";
import { status, type StatusNeeds } from "./status.ts";
import { version, type VersionNeeds } from "./version.ts";

/** What the commands may do to the world, each its own part. */
export interface CommandNeeds {
  readonly status: StatusNeeds;
  readonly audit: AuditNeeds;
  readonly version: VersionNeeds;
}

/** In the order in which `!help` lists them. */
export const commandList: readonly CommandDescription[] = [describeCommand(help), describeCommand(status), describeCommand(audit), describeCommand(version)];

/** By name, ready to run. */
export function bindCommands(needs: CommandNeeds): ReadonlyMap<string, BoundCommand> {
  const bound = [
    bindCommand(help, { commands: () => commandList }),
    bindCommand(status, needs.status),
    bindCommand(audit, needs.audit),
    bindCommand(version, needs.version),
  ];
  return new Map(bound.map((each) => [each.name, each]));
}
