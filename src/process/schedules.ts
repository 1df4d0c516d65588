/** The schedules of the configuration, with their jobs. */
import type { ScheduleSettings } from "../config/schedules.ts";
import type { RoomId } from "../ids.ts";
import type { ScheduleName } from "../schedule/names.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Trouble } from "../schedule/trouble.ts";
import type { Writes } from "../store/store.ts";
import { jobs, type JobNeeds } from "./jobs.ts";
import { noticeTo } from "./notices.ts";

const descriptions: Readonly<Record<ScheduleName, string>> = {
  "backup-check": "looks at the backups, tells what has changed",
  "backup-daily": "one line on the backups",
  "backup-drill": "restores one database into a throw-away cluster",
  "memory-watch": "looks for nodes short of memory",
  certificates: "looks for certificates that end soon",
};

/** What is done so often that one time more or less is nothing to tell anybody of. */
const frequent: ReadonlySet<string> = new Set<ScheduleName>(["backup-check", "memory-watch"]);
const minute = 60_000;

export function schedulesOf({ times, makeUpWithinMs }: ScheduleSettings, timeZone: string, needs: JobNeeds): readonly Schedule[] {
  return times.map(({ name, cron, enabled }) => ({
    name,
    describe: descriptions[name],
    cron,
    enabled,
    timeZone,
    makeUpWithinMs,
    // Several Opsrooms need not ask their clusters in the same second.
    jitterMs: frequent.has(name) ? 5000 : 30_000,
    deadlineMs: name === "memory-watch" ? minute : 5 * minute,
    job: (due, signal) => jobs[name](needs, due, signal),
  }));
}

/** Within the transaction that counts it. */
export async function tellTrouble(tx: Writes, { schedule, times, words }: Trouble, room: RoomId | undefined, now: number): Promise<void> {
  if (frequent.has(schedule) || room === undefined) return;
  for (const message of noticeTo([room], `schedule/${schedule}/${times.at(-1) ?? now}`, [{ text: `⚪ ${words}` }]))
    await tx.enqueue({ ...message, lane: "rest" }, now);
}
