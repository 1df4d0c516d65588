/** A ScheduledBackup in a test's hands: made to fire now instead of in the night, and waited for. */
import * as z from "zod";
import { backupMethod, type PostgresCluster } from "./postgres-cluster.ts";
import { waitFor } from "./process.ts";

export interface ScheduleDesk {
  /** Lets the schedule be due in four seconds and waits for the Backup it makes, or for twelve seconds when it makes none. */
  readonly fire: () => Promise<void>;
  /** Resolves when its newest Backup has ended, well or not, or at the deadline. */
  readonly waitEnded: (deadlineMs: number) => Promise<void>;
  readonly waitCompleted: () => Promise<void>;
  /** Deletes its Backups that have neither completed nor failed: the schedule makes no other while there is one. */
  readonly removeUnfinished: () => Promise<void>;
  readonly patch: (spec: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The fields of its right method. */
  readonly method: Readonly<Record<string, unknown>>;
}

const backups = z.object({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), creationTimestamp: z.string() }),
      status: z.looseObject({ phase: z.string().optional() }).optional(),
    }),
  ),
});

export function createScheduleDesk({ kubectl, way }: PostgresCluster, name: string): ScheduleDesk {
  const all = async (): Promise<readonly { readonly name: string; readonly phase: string; readonly made: string }[]> =>
    backups
      .parse(JSON.parse(await kubectl("get", "backups.postgresql.cnpg.io", "-l", `cnpg.io/scheduled-backup=${name}`, "-o", "json")))
      .items.map(({ metadata, status }) => ({ name: metadata.name, phase: status?.phase ?? "", made: metadata.creationTimestamp }))
      .toSorted((a, b) => a.made.localeCompare(b.made));
  const newestPhase = async (): Promise<string> => (await all()).at(-1)?.phase ?? "";
  const patch: ScheduleDesk["patch"] = async (spec) => {
    await kubectl("patch", `scheduledbackup/${name}`, "--type=merge", "-p", JSON.stringify({ spec }));
  };
  const wait = async (what: string, deadlineMs: number, phases: readonly string[]): Promise<void> => {
    await waitFor(`the newest backup of ${name} ${what}`, deadlineMs, [], async () => phases.includes(await newestPhase()) || undefined);
  };
  return {
    patch,
    method: backupMethod(way),
    async fire() {
      const before = (await all()).length;
      const schedule = await kubectl("get", `scheduledbackup/${name}`, "-o", "jsonpath={.spec.schedule}");
      const due = new Date(Date.now() + 4000);
      // Once a day, so that its status says then that the next one is tomorrow.
      await patch({ schedule: `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *` });
      await waitFor("one more backup", 12_000, [], async () => (await all()).length > before || undefined).catch(() => undefined);
      await patch({ schedule });
    },
    waitEnded: async (deadlineMs) => wait("has ended", deadlineMs, ["completed", "failed"]).catch(() => undefined),
    waitCompleted: async () => wait("is completed", 180_000, ["completed"]),
    async removeUnfinished() {
      const stuck = (await all()).filter(({ phase }) => phase !== "completed" && phase !== "failed");
      for (const each of stuck) await kubectl("delete", `backup/${each.name}`);
    },
  };
}
