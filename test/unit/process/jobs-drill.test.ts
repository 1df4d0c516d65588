import { expect, test } from "vitest";
import { saveDrillResult } from "../../../src/backups/drill/result.ts";
import { prepareLooks } from "../../../src/process/backups.ts";
import { jobs, type JobNeeds } from "../../../src/process/jobs.ts";
import type { JobResult } from "../../../src/schedule/schedule.ts";
import { actingBed, drillIsOver, place, putSource, start, type ActingBed } from "../../support/backup-acting.ts";
import { opsRoom } from "../../support/events.ts";
import { heardIn, jobBed } from "./job-bed.ts";

const day = 86_400_000;

async function drillBed(changed: Parameters<typeof actingBed>[0] = {}) {
  const bed = await actingBed(changed);
  putSource(bed.world, start);
  const looks = prepareLooks({ settings: () => bed.settings, clusters: () => new Map([["prod", bed.world.access]]), readSecret: noSecret, now: bed.now });
  const needs = (await jobBed()).needs();
  const mine: JobNeeds = { ...needs, store: bed.store, looks, acting: bed.acting(), view: () => ({ now: bed.now(), timeZone: "UTC" }) };
  const run = async (name: "backup-drill" | "backup-check", more: Partial<JobNeeds> = {}): Promise<JobResult> =>
    jobs[name]({ ...mine, ...more }, { at: bed.now(), late: false, byHand: false }, new AbortController().signal);
  return { bed, run };
}

/** A second cluster, backed up as the first is. */
function putSecond(bed: ActingBed, name: string): void {
  const [cluster] = bed.world.all("clusters", "cnpg");
  const [backup] = bed.world.all("backups", "cnpg");
  const [store] = bed.world.all("objectstores", "cnpg");
  if (cluster === undefined || backup === undefined || store === undefined) throw new Error("there is no first");
  const renamed = (text: string): string => text.replaceAll('"shared-pg"', `"${name}"`).replaceAll('"nightly-1"', `"${name}-nightly"`);
  bed.world.put("clusters", { ...JSON.parse(renamed(JSON.stringify(cluster))) });
  bed.world.put("backups", { ...JSON.parse(renamed(JSON.stringify(backup))) });
  const { serverRecoveryWindow } = Object(store["status"]);
  bed.world.put("objectstores", { ...store, status: { serverRecoveryWindow: { ...serverRecoveryWindow, [name]: serverRecoveryWindow["shared-pg"] } } });
}

async function drilled(bed: ActingBed, name: string, endedAt: number, verdict: "ok" | "failed" = "ok"): Promise<void> {
  await bed.store.write((tx) => saveDrillResult(tx, { cluster: "prod", namespace: "cnpg", name, verdict, begunAt: endedAt - 60_000, endedAt }));
}

const copies = (bed: ActingBed): readonly string[] =>
  bed.world.created.filter((each) => each.startsWith("clusters ")).map((each) => each.replace(/-\w+$/u, ""));

async function noSecret(): Promise<never> {
  throw new Error("there is none");
}

test("backup-drill takes the database whose last drill is longest ago, one that was never drilled first", async () => {
  const { bed, run } = await drillBed();
  putSecond(bed, "other-pg");
  await drilled(bed, "other-pg", start - 7 * day);
  expect(await run("backup-drill")).toEqual({ outcome: "ok", words: "the drill of prod/cnpg/shared-pg is begun" });
  await bed.settle(drillIsOver(bed));
  expect(await run("backup-drill")).toEqual({ outcome: "ok", words: "the drill of prod/cnpg/other-pg is begun" });
  await bed.settle(drillIsOver(bed));
  expect(await run("backup-drill")).toEqual({ outcome: "ok", words: "the drill of prod/cnpg/shared-pg is begun" });
  await bed.settle(drillIsOver(bed));
  expect(copies(bed)).toEqual(["drill-shared-pg", "drill-other-pg", "drill-shared-pg"].map((name) => `clusters ${place}/${name}`));
});

test("a drill that failed was one too: the others are not kept waiting by it", async () => {
  const { bed, run } = await drillBed();
  putSecond(bed, "other-pg");
  await drilled(bed, "shared-pg", start - day, "failed");
  await drilled(bed, "other-pg", start - 2 * day);
  expect(await run("backup-drill")).toMatchObject({ words: "the drill of prod/cnpg/other-pg is begun" });
});

test("one that cannot be drilled is named with the reason, and the next one is drilled instead", async () => {
  const { bed, run } = await drillBed();
  putSecond(bed, "other-pg");
  const [cluster] = bed.world.all("clusters", "cnpg").filter(({ metadata }) => metadata.name === "other-pg");
  if (cluster === undefined) throw new Error("there is no second");
  bed.world.put("clusters", { ...JSON.parse(JSON.stringify(cluster).replace('"barmanObjectName":"store"', '"barmanObjectName":"lost"')) });
  const { outcome, words } = await run("backup-drill");
  expect(outcome).toBe("ok");
  expect(words).toMatch(/^the drill of prod\/cnpg\/shared-pg is begun; prod\/cnpg\/other-pg: .*lost/u);
});

test("when nothing can be drilled it has failed, and says why", async () => {
  const noRoom = await drillBed({ drill: { namespace: place, deadlineMs: 1, memory: "100Gi", cpu: "1", storageClass: undefined, queries: [] } });
  expect(await noRoom.run("backup-drill")).toMatchObject({ outcome: "failed", words: expect.stringMatching(/^prod\/cnpg\/shared-pg: .*100/u) });

  const notConfigured = await drillBed({ drill: undefined });
  expect(await notConfigured.run("backup-drill")).toMatchObject({ outcome: "failed", words: expect.stringContaining("docs/backups.md") });

  const nothing = await drillBed();
  nothing.bed.world.drop("clusters", "cnpg", "shared-pg");
  expect(await nothing.run("backup-drill")).toEqual({
    outcome: "failed",
    words: "there is no PostgreSQL cluster with a backup that could be restored",
  });
});

test("one drill at a time, and none while nobody could be told", async () => {
  const { bed, run } = await drillBed();
  await expect(run("backup-drill", { room: () => undefined })).rejects.toThrow("not known yet");
  expect(copies(bed)).toEqual([]);
  await run("backup-drill");
  bed.pass(60_000);
  expect(await run("backup-drill")).toMatchObject({ outcome: "failed", words: expect.stringContaining("is under way. Wait for its end.") });
});

test("while a drill goes on its copy is neither complained about nor missed afterwards", async () => {
  const { bed, run } = await drillBed();
  await run("backup-check", { room: () => opsRoom });
  await heardIn(bed.store, bed.now());
  await run("backup-drill");
  await bed.settle(async () => bed.world.all("clusters", place).length > 0);
  await run("backup-check");
  await bed.settle(drillIsOver(bed));
  await run("backup-check");
  expect((await heardIn(bed.store, bed.now())).filter((each) => each.includes("drill-"))).toEqual([
    expect.stringMatching(/^🟢 Drill of prod cnpg\/shared-pg: it can be restored/u),
  ]);
});
