import { describe, expect, test } from "vitest";
import { runIdOf } from "../../../../src/backups/acting/labels.ts";
import type { RunAnswer } from "../../../../src/backups/answers.ts";
import { parseEventId } from "../../../../src/ids.ts";
import { ClusterError } from "../../../../src/kubernetes/errors.ts";
import { actingBed, putSource, start, type ActingBed } from "../../../support/backup-acting.ts";
import { asker } from "../../../support/asker.ts";
import { nadia } from "../../../support/events.ts";
import { Killed } from "../../../support/killable-store.ts";

const eventOf = (cause: string) => parseEventId(`$${cause.replaceAll(" ", "-")}`);

async function runBed(): Promise<ActingBed> {
  const bed = await actingBed();
  putSource(bed.world, start);
  bed.world.answer("sum(pg_database_size", () => ({ bytes: 3 * 2 ** 30 }));
  return bed;
}

const begin = async (bed: ActingBed, cause = "a"): Promise<RunAnswer> => bed.acting().run("shared-pg", asker({ event: eventOf(cause) }));
const keyOf = (cause = "a"): string => `backup/${runIdOf(eventOf(cause))}`;
const made = (bed: ActingBed) => bed.world.all("backups", "cnpg").filter(({ metadata }) => metadata.name.startsWith("opsroom-"));

describe("!backup run", () => {
  test("makes a Backup by the plugin and follows it to its end in one message", async () => {
    const bed = await runBed();
    await expect(begin(bed)).resolves.toEqual({ kind: "begun", name: "prod cnpg/shared-pg" });
    await bed.settle();
    expect(made(bed)).toMatchObject([
      {
        metadata: { labels: { "app.kubernetes.io/managed-by": "opsroom" } },
        spec: { cluster: { name: "shared-pg" }, method: "plugin", target: "prefer-standby", pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" } },
      },
    ]);
    expect(await bed.shown(keyOf())).toMatch(
      /🟢 Base backup of prod cnpg\/shared-pg completed in \d s, databases of 3.0 Gi\n.*\nWAL 000000010000000000000004 to 000000010000000000000005/u,
    );
    expect(await bed.shown(`${keyOf()}/end`)).toBe(`${nadia}: the base backup of shared-pg is there.`);
    expect((await bed.store.read.audit({ limit: 10 })).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(["backup.run ok", "backup.run.ended ok"]);
  });

  test("is done as its schedule says, and never as a schedule says that the cluster cannot do", async () => {
    const bed = await runBed();
    const schedule = (name: string, spec: object): void =>
      bed.world.put("scheduledbackups", { metadata: { name, namespace: "cnpg" }, spec: { cluster: { name: "shared-pg" }, schedule: "0 0 3 * * *", ...spec } });
    schedule("faulty", {});
    schedule("nightly", { method: "plugin", target: "primary", pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io", parameters: { x: "y" } } });
    await begin(bed);
    await bed.settle();
    expect(made(bed)).toMatchObject([{ spec: { method: "plugin", target: "primary", pluginConfiguration: { parameters: { x: "y" } } } }]);
  });

  test("that fails says why, and what to do", async () => {
    const bed = await runBed();
    bed.world.levers.backupEnds = "failed";
    await begin(bed);
    await bed.settle();
    expect(await bed.shown(keyOf())).toMatch(/🔴 .*failed: the object store refuses the secret key[^]*→ Put the right key/u);
  });

  test("that nobody begins, or that never ends, is said so; in the end it is looked at no longer", async () => {
    const bed = await runBed();
    bed.world.levers.backupEnds = "never";
    await begin(bed);
    await bed.settle(async () => bed.now() > start + 15 * 60_000);
    expect(await bed.shown(keyOf())).toMatch(/⚠️ .*nobody has begun it[^]*→ See !backup shared-pg/u);
    await bed.settle();
    expect(await bed.shown(keyOf())).toContain("has not ended within the time that a backup may take");
  });

  test("that somebody deletes, or that may not be made, ends in words", async () => {
    const bed = await runBed();
    bed.world.levers.backupEnds = "never";
    await begin(bed);
    await bed.settle(async () => made(bed).length > 0);
    for (const { metadata } of made(bed)) bed.world.drop("backups", "cnpg", metadata.name);
    await bed.settle();
    expect(await bed.shown(keyOf())).toContain("was deleted before it ended");
    bed.world.levers.failNext = { call: "create backups", error: new ClusterError("forbidden", "prod does not let us create backups (403)", "Apply it.") };
    await begin(bed, "b");
    await bed.settle();
    expect(await bed.shown(keyOf("b"))).toMatch(/🔴 .*does not let us create backups[^]*→ Apply it/u);
  });

  test.each<[string, (bed: ActingBed) => void, RegExp]>([
    [
      "one is under way",
      (bed) =>
        bed.world.put("backups", {
          metadata: { name: "now", namespace: "cnpg", creationTimestamp: new Date(start - 60_000).toISOString() },
          spec: { cluster: { name: "shared-pg" } },
          status: { phase: "started" },
        }),
      /Backup now of shared-pg is under way already \(started for 1 min\)/u,
    ],
    [
      "one hangs",
      (bed) =>
        bed.world.put("backups", {
          metadata: { name: "stuck", namespace: "cnpg", creationTimestamp: new Date(start - 3_600_000).toISOString() },
          spec: { cluster: { name: "shared-pg" } },
        }),
      /Backup stuck .* begun by nobody for 1 h: it hangs/u,
    ],
    ["it is hibernated", (bed) => changeSource(bed, { annotations: { "cnpg.io/hibernation": "on" } }), /hibernated/u],
    ["it is fenced", (bed) => changeSource(bed, { annotations: { "cnpg.io/fencedInstances": '["*"]' } }), /fenced/u],
    [
      "it has no way to be backed up",
      (bed) => bed.world.put("clusters", { metadata: { name: "shared-pg", namespace: "cnpg" }, spec: {} }),
      /no way to be backed up/u,
    ],
    ["nobody knows it", (bed) => bed.world.drop("clusters", "cnpg", "shared-pg"), /I know of no PostgreSQL cluster “shared-pg”/u],
    [
      "nobody may look",
      (bed) => void (bed.world.levers.failNext = { call: "list clusters", error: new ClusterError("forbidden", "prod does not let us list clusters", "x") }),
      /does not let us list clusters/u,
    ],
  ])("is refused in words when %s", async (_, damage, said) => {
    const bed = await runBed();
    damage(bed);
    await expect(begin(bed)).resolves.toMatchObject({ kind: "refused", words: expect.stringMatching(said) });
    await bed.settle();
    expect(made(bed)).toEqual([]);
  });

  test("survives a kill at any of its acts: one Backup, told once", async () => {
    const counted = await runBed();
    await begin(counted);
    await counted.settle();
    const { acts } = counted.fuse;
    expect(acts).toBeGreaterThan(8);
    for (const when of ["before", "after"] as const) {
      const bed = await runBed();
      for (let at = 1; at <= acts; at += 1) {
        const cause = `${when} ${at}`;
        bed.fuse.set(at, when);
        for (let begun = false; !begun;) {
          try {
            begun = (await begin(bed, cause)).kind === "begun";
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            await bed.restart();
          }
        }
        await bed.settle();
        const found = { cause, well: (await bed.shown(keyOf(cause))).includes("🟢"), made: made(bed).length };
        expect(found).toEqual({ cause, well: true, made: at });
      }
      expect(bed.kills()).toBe(acts);
      const ended = (await bed.store.read.audit({ limit: 10_000 })).filter(({ action }) => action === "backup.run.ended");
      expect(ended).toHaveLength(acts);
    }
  }, 60_000);
});

function changeSource(bed: ActingBed, metadata: object): void {
  const [source] = bed.world.all("clusters", "cnpg");
  if (source !== undefined) bed.world.put("clusters", { ...source, metadata: { ...source.metadata, ...metadata } });
}
