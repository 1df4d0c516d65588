import { expect, test } from "vitest";
import { schedulesOf } from "../../../src/process/schedules.ts";
import { opsRoom } from "../../support/events.ts";
import { deaths } from "../../support/killable-store.ts";
import { database, store } from "../backups/world.ts";
import { jobBed, minute } from "./job-bed.ts";

const gone = expect.stringMatching(/^🔴 cnpg\/shared-pg, store: the ObjectStore cnpg\/s3 does not exist → Create it again/u);
const well = expect.stringMatching(/^🟢 cnpg\/shared-pg, store: .*\(was failed\)\n🟢 cnpg\/shared-pg: all is well again$/u);

test("backup-check says what has changed, once, and nothing while nothing changes", async () => {
  const bed = await jobBed();
  expect(await bed.run("backup-check")).toEqual({ outcome: "ok", words: "🟢 backups: 1 cluster ok, oldest base 6 h, window 30 d" });
  expect(await bed.heard()).toEqual([]);

  bed.backups.objectstores = [];
  for (let times = 0; times < 3; times += 1) {
    await bed.clock.advance(15 * minute);
    expect(await bed.run("backup-check")).toMatchObject({ outcome: "ok", words: expect.stringMatching(/^🔴 backups: 1 failed/u) });
  }
  expect(await bed.heard()).toEqual([gone]);

  bed.backups.objectstores = [store()];
  await bed.clock.advance(15 * minute);
  await bed.run("backup-check");
  expect(await bed.heard()).toEqual([well]);
  expect(bed.pictures.map(({ state }) => state)).toEqual(["ok", "failed", "failed", "failed", "ok"]);
});

test("a restart neither tells again what was told nor forgets what was not", async () => {
  const bed = await jobBed();
  bed.backups.objectstores = [];
  await bed.run("backup-check");
  await bed.restart();
  await bed.clock.advance(15 * minute);
  await bed.run("backup-check");
  expect(await bed.heard()).toEqual([gone]);

  await bed.restart();
  bed.backups.objectstores = [store()];
  await bed.clock.advance(15 * minute);
  await bed.run("backup-check");
  expect(await bed.heard()).toEqual([well]);
});

test.each(deaths)("killed %s the write that tells it, and run again for the same due time: told once", async (death) => {
  const bed = await jobBed();
  const due = bed.clock.now();
  bed.backups.objectstores = [];
  bed.killAt(0, death);
  await expect(bed.run("backup-check", due)).rejects.toThrow("killed");
  await bed.restart();
  await bed.clock.advance(1000);
  await bed.run("backup-check", due);
  expect(await bed.heard()).toEqual([gone]);
});

test("what changes between a kill and the run that is done again is told too", async () => {
  const bed = await jobBed();
  const due = bed.clock.now();
  bed.backups.objectstores = [];
  bed.killAt(0, "after");
  await expect(bed.run("backup-check", due)).rejects.toThrow("killed");
  await bed.restart();
  await bed.clock.advance(20_000);
  bed.backups.objectstores = [store()];
  await bed.run("backup-check", due);
  expect(await bed.heard()).toEqual([gone, well]);
});

test("while the room is not known it fails, and tells it when the room is", async () => {
  const bed = await jobBed();
  bed.place.room = undefined;
  bed.backups.objectstores = [];
  await expect(bed.run("backup-check")).rejects.toThrow("the room that is to be told is not known yet");
  await expect(bed.run("backup-daily")).rejects.toThrow("not known yet");
  expect(bed.pictures).toHaveLength(2);
  expect((await bed.store().read.outboxDepth()).waiting).toBe(0);

  bed.place.room = opsRoom;
  await bed.clock.advance(15 * minute);
  await bed.run("backup-check");
  expect(await bed.heard()).toEqual([gone]);
});

test.each([
  ["no JSON", "{"],
  ["of another shape", JSON.stringify({ verdicts: { "cnpg/shared-pg": "failed" } })],
  ["with checks that are none", JSON.stringify({ verdicts: [{ name: "shared-pg", checks: [null] }], gaps: [], at: 1 })],
])("a note of what was told that is %s: all that is wrong is told anew, once", async (_, body) => {
  const bed = await jobBed();
  bed.backups.objectstores = [];
  await bed.run("backup-check");
  await bed.heard();
  await bed.store().write((tx) => tx.saveNote({ kind: "backup.picture", name: "told", updatedAt: 0, body }));

  for (let times = 0; times < 2; times += 1) {
    await bed.clock.advance(15 * minute);
    await bed.run("backup-check");
  }
  expect(await bed.heard()).toEqual([gone]);
});

test("a cluster that is new is told with what it lacks, and the others are not told again", async () => {
  const bed = await jobBed();
  await bed.run("backup-check");
  bed.backups.clusters = [database(), database({ metadata: { name: "second-pg" } })];
  await bed.clock.advance(15 * minute);
  await bed.run("backup-check");
  const [told = "", ...more] = await bed.heard();
  expect(more).toEqual([]);
  expect(told).toMatch(/^🔴 cnpg\/second-pg, base backup: /u);
});

test("each morning one line, however it is, and once for each morning", async () => {
  const bed = await jobBed();
  const nine = bed.clock.now();
  await bed.run("backup-daily", nine);
  // Interrupted before anybody knew that it had ended, and begun again.
  await bed.clock.advance(minute);
  await bed.run("backup-daily", nine);
  expect(await bed.heard()).toEqual(["🟢 backups: 1 cluster ok, oldest base 6 h, window 30 d"]);

  await bed.run("backup-daily", nine + 24 * 60 * minute);
  expect(await bed.heard()).toHaveLength(1);
});

test("every schedule of the configuration has a job that says what it does", async () => {
  const bed = await jobBed();
  const times = [{ name: "backup-daily" as const, cron: "0 9 * * *", enabled: true }];
  const [daily] = schedulesOf({ ...bed.needs().settings(), times }, "Europe/Moscow", bed.needs());
  expect(daily).toMatchObject({ name: "backup-daily", describe: "one line on the backups", timeZone: "Europe/Moscow", enabled: true });
  expect(await daily?.job({ at: bed.clock.now(), late: false, byHand: true }, new AbortController().signal)).toMatchObject({ outcome: "ok" });
  expect(await bed.heard()).toHaveLength(1);
});
