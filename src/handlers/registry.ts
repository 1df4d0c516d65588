/** Every command there is. A test compares this list with the folder, and with docs/commands.md. */
import type { Acting } from "../alerts/actions/acting.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { bindCommand, describeCommand, type BoundCommand, type CommandDescription } from "../chat/bound-command.ts";
import { ack } from "./ack.ts";
import { alerts } from "./alerts.ts";
import { audit, type AuditNeeds } from "./audit.ts";
import { backup, type BackupNeeds } from "./backup.ts";
import { confirm, type ConfirmNeeds } from "./confirm.ts";
import { help } from "./help.ts";
import { schedules, type SchedulesNeeds } from "./schedules.ts";
import { silence } from "./silence.ts";
import { silences } from "./silences.ts";
import { status, type StatusNeeds } from "./status.ts";
import { unsilence } from "./unsilence.ts";
import { version, type VersionNeeds } from "./version.ts";

/** What the commands may do to the world, each its own part. */
export interface CommandNeeds {
  readonly status: StatusNeeds;
  readonly backup: BackupNeeds;
  readonly schedules: SchedulesNeeds;
  readonly audit: AuditNeeds;
  readonly version: VersionNeeds;
  /** Of all commands about alerts; without it they say that none are configured. */
  readonly alerts?: Acting<ActionNeeds>;
  readonly confirm?: ConfirmNeeds;
}

/** In the order in which `!help` lists them. */
export const commandList: readonly CommandDescription[] = [
  describeCommand(help),
  describeCommand(status),
  describeCommand(backup),
  describeCommand(alerts),
  describeCommand(ack),
  describeCommand(silence),
  describeCommand(silences),
  describeCommand(unsilence),
  describeCommand(confirm),
  describeCommand(schedules),
  describeCommand(audit),
  describeCommand(version),
];

/** By name, ready to run. */
export function bindCommands(needs: CommandNeeds): ReadonlyMap<string, BoundCommand> {
  const alerting = needs.alerts ?? { acting: () => undefined };
  const bound = [
    bindCommand(help, { commands: () => commandList }),
    bindCommand(status, needs.status),
    bindCommand(backup, needs.backup),
    bindCommand(schedules, needs.schedules),
    bindCommand(alerts, alerting),
    bindCommand(ack, alerting),
    bindCommand(silence, alerting),
    bindCommand(silences, alerting),
    bindCommand(unsilence, alerting),
    bindCommand(confirm, needs.confirm ?? { prompts: () => undefined }),
    bindCommand(audit, needs.audit),
    bindCommand(version, needs.version),
  ];
  return new Map(bound.map((each) => [each.name, each]));
}
