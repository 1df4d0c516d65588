/** What is done by the clock. */
import * as z from "zod";
import { duration, share, shortName } from "./pieces.ts";
import { defaultCrons, type ScheduleName } from "../../schedule/names.ts";

const cronWords = "a cron expression of five fields such as 0 9 * * * (or six, with seconds in front)";

function schedule(name: ScheduleName, description: string) {
  const { cron, enabled } = defaultCrons[name];
  return z
    .strictObject({
      cron: z
        .string()
        .regex(/^[\d*/,\-A-Za-z?#L]{1,100}( +[\d*/,\-A-Za-z?#L]{1,100}){4,5}$/u, { error: cronWords })
        .default(cron)
        .describe(`When, in \`timeZone\`: ${cronWords}.`),
      enabled: z.boolean().default(enabled).describe("Whether it is done at all; by hand it can be done anyway."),
    })
    .describe(description)
    .prefault({});
}

export const schedulesSchema = z
  .strictObject({
    room: shortName().exactOptional().describe("The room that is told, by its name above; by default the first."),
    "backup-check": schedule("backup-check", "Looks at the backups; says what has changed."),
    "backup-daily": schedule("backup-daily", "One line on the backups, whatever they are."),
    "backup-drill": schedule("backup-drill", "Restores each PostgreSQL cluster in turn into a throw-away cluster. Needs `backups.drill`."),
    "memory-watch": schedule("memory-watch", "Looks whether a node is short of memory."),
    certificates: schedule("certificates", "Looks at certificates and credentials that end soon."),
    memory: z
      .strictObject({
        over: share("A node that uses more of its allocatable memory is short of it.").default(0.9),
        for: duration("It is told when it has been so for this long.", "10m"),
      })
      .describe("What `memory-watch` calls short.")
      .prefault({}),
    makeUpWithin: duration("What was missed while Opsroom was away is made up, once, if it was no longer ago.", "6h"),
  })
  .describe("What is done by the clock.")
  .prefault({});

export type GivenSchedules = z.output<typeof schedulesSchema>;
