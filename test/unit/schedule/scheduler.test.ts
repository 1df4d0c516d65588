import { expect, test } from "vitest";
import { OpsroomError } from "../../../src/errors.ts";
import type { Job, Schedule } from "../../../src/schedule/schedule.ts";
import { killableStore } from "../../support/killable-store.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { daily, day, hour, minute, noting, scheduled, type Scheduled } from "../../support/scheduled.ts";
import { reopenableStore, tempStore } from "../../support/temp-store.ts";

const eight = Date.UTC(2026, 5, 12, 8);
const nine = eight + hour;

async function acting(clock: ManualClock, schedules: () => readonly Schedule[], random?: () => number): Promise<Scheduled> {
  const loop = scheduled(await tempStore(clock), clock, schedules, random);
  await clock.advance(0);
  return loop;
}

async function end(loop: Scheduled): Promise<void> {
  loop.drain();
  loop.abandon();
  await loop.ended;
}

const due = (at: number, late = false) => ({ at, late, byHand: false });

test("each due time runs once, in time", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  const loop = await acting(clock, () => [daily({ job })]);

  await clock.advance(3 * day);

  expect(begun).toEqual([due(nine), due(nine + day), due(nine + 2 * day)]);
  expect(loop.ran).toEqual([0, 1, 2].map(() => ["daily", "ok", 0]));
  expect(await loop.scheduler.states()).toMatchObject([
    { nextAt: nine + 3 * day, running: false, record: { outcome: "ok", words: "run 3", dueAt: nine + 2 * day } },
  ]);
  await end(loop);
});

test("a restart fires nothing again and makes up what was missed meanwhile, once", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  const { store, reopen } = await reopenableStore(clock);
  const before = scheduled(store, clock, () => [daily({ job })]);
  await clock.advance(2 * hour);
  await end(before);
  const soon = scheduled(await reopen(), clock, () => [daily({ job })]);
  await clock.advance(hour);
  await end(soon);
  await clock.advance(2 * day - 90 * minute);

  const after = scheduled(await reopen(), clock, () => [daily({ job })]);
  await clock.advance(hour);

  expect(begun).toEqual([due(nine), due(nine + 2 * day, true)]);
  expect(after.told).toMatchObject([
    { kind: "missed", times: [nine + day], madeUp: true, words: "schedule daily was missed once because nobody was there; it is made up now" },
  ]);
  expect(await after.scheduler.states()).toMatchObject([{ record: { missed: 1 } }]);
  await end(after);
});

test("what cannot be made up is told once, and does not run", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  const { store, reopen } = await reopenableStore(clock);
  await end(scheduled(store, clock, () => [daily({ job })]));
  await clock.advance(4 * hour);

  const loop = scheduled(await reopen(), clock, () => [daily({ job })]);
  await clock.advance(hour);

  expect(begun).toEqual([]);
  expect(loop.told).toMatchObject([{ kind: "missed", times: [nine], madeUp: false, words: expect.stringContaining("due 3 h ago") }]);
  await end(loop);
});

test.each(["before", "within", "after"] as const)("killed %s the write that says it began: it runs once all the same", async (death) => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  const { store, reopen } = await reopenableStore(clock);
  const { store: mortal, killAt } = killableStore(store, async () => undefined);
  const killed = scheduled(mortal, clock, () => [daily({ job })]);
  await clock.advance(minute);
  killAt(0, death);
  await clock.advance(hour);
  await end(killed);
  expect(begun).toEqual([]);

  const loop = scheduled(await reopen(), clock, () => [daily({ job })]);
  await clock.advance(hour);

  expect(begun).toHaveLength(1);
  expect(begun[0]).toMatchObject({ at: nine });
  expect(loop.told.map((each) => each.kind)).toEqual(death === "after" ? ["interrupted"] : []);
  await end(loop);
});

test.each([
  [true, 2, "it is begun again", { outcome: "ok", attempts: 2 }],
  [false, 1, "it is not begun again by itself", { outcome: "interrupted", words: "cut off by a stop or a restart" }],
])("killed in the middle of a run that may be repeated: %s", async (repeatable, count, words, record) => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock, 10 * minute);
  const { store, reopen } = await reopenableStore(clock);
  const killed = scheduled(store, clock, () => [daily({ job, repeatable })]);
  await clock.advance(hour + 5 * minute);
  killed.abandon();
  await killed.ended;
  await clock.advance(5 * minute);

  const loop = scheduled(await reopen(), clock, () => [daily({ job, repeatable })]);
  await clock.advance(hour);

  expect(begun.map((each) => each.at)).toEqual(Array.from({ length: count }, () => nine));
  expect(loop.told).toMatchObject([{ kind: "interrupted", times: [nine], madeUp: repeatable, words: expect.stringContaining(words) }]);
  expect(loop.ran[0]).toEqual(["daily", "interrupted", undefined]);
  expect(await loop.scheduler.states()).toMatchObject([{ record }]);
  await end(loop);
});

test("a run that takes the process down with it is begun three times, not for ever", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock, hour);
  const { store, reopen } = await reopenableStore(clock);
  let current = store;
  for (let start = 0; start < 6; start += 1) {
    const loop = scheduled(current, clock, () => [daily({ job, makeUpWithinMs: day })]);
    await clock.advance(start === 0 ? hour + minute : minute);
    loop.abandon();
    await loop.ended;
    current = await reopen();
  }

  expect(begun.map((each) => each.late)).toEqual([false, true, true]);
});

test("while a run goes on the next is skipped and counted, and nothing else waits for it", async () => {
  const clock = manualClock(eight);
  const long = noting(clock, 130 * minute);
  const other = noting(clock);
  const hourly = { cron: "0 * * * *", deadlineMs: 3 * hour };
  const loop = await acting(clock, () => [daily({ ...hourly, name: "long", job: long.job }), daily({ ...hourly, name: "other", job: other.job })]);

  await clock.advance(4 * hour);

  expect(long.begun).toEqual([due(nine), due(nine + 3 * hour)]);
  expect(other.begun).toHaveLength(4);
  expect(await loop.scheduler.states()).toMatchObject([{ running: true, record: { skipped: 2, missed: 0 } }, { record: { skipped: 0 } }]);
  await end(loop);
});

test.each<[string, Job, string]>([
  ["throws", async () => Promise.reject(new Error("no route to host")), "no route to host"],
  [
    "throws at once",
    () => {
      throw new OpsroomError("OPSROOM_CLUSTER_FORBIDDEN", "may not list pods", "Grant it.");
    },
    "may not list pods. Grant it.",
  ],
  ["hangs", async () => await new Promise(() => undefined), "not done after 30 min, its deadline"],
  ["says that it failed", async () => ({ outcome: "failed", words: "two\nlines" }), "two lines"],
])("a job that %s has failed, and runs again the next time", async (_, job, words) => {
  const clock = manualClock(eight);
  const loop = await acting(clock, () => [daily({ job })]);

  await clock.advance(day + 2 * hour);

  expect(loop.ran.map(([, outcome]) => outcome)).toEqual(["failed", "failed"]);
  expect(await loop.scheduler.states()).toMatchObject([{ record: { outcome: "failed", words } }]);
  await end(loop);
});

test("a job's signal aborts at its deadline", async () => {
  const clock = manualClock(eight);
  const reasons: unknown[] = [];
  const job: Job = async (_, signal) => {
    await clock.sleep(day, signal).catch((error: unknown) => void reasons.push(error));
    return { outcome: "ok", words: "too late to count" };
  };
  const loop = await acting(clock, () => [daily({ job })]);

  await clock.advance(2 * hour);

  expect(reasons).toHaveLength(1);
  expect(loop.ran).toEqual([["daily", "failed", 1800]]);
  await end(loop);
});

test("jitter puts a start off by chance", async () => {
  const clock = manualClock(eight);
  const begunAt: number[] = [];
  const job: Job = async ({ late }) => {
    begunAt.push(clock.now());
    return { outcome: "ok", words: late ? "late" : "in time" };
  };
  const loop = await acting(
    clock,
    () => [daily({ job, jitterMs: 20 * minute })],
    () => 0.5,
  );

  await clock.advance(2 * hour);

  expect(begunAt).toEqual([nine + 10 * minute]);
  expect(await loop.scheduler.states()).toMatchObject([{ record: { words: "in time", dueAt: nine } }]);
  await end(loop);
});

test("another list of schedules counts from the next look, and owes nothing of the past", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  let list: readonly Schedule[] = [daily({ job })];
  const loop = await acting(clock, () => list);
  await clock.advance(10 * minute);

  list = [daily({ job, cron: "5,30 * * * *" }), daily({ name: "new", job, cron: "45 8 * * *" })];
  loop.bell.wake();
  await clock.advance(hour - 10 * minute);
  expect(begun).toEqual([due(eight + 30 * minute), due(eight + 45 * minute)]);

  list = [daily({ job, cron: "5,30 * * * *", enabled: false })];
  loop.bell.wake();
  await clock.advance(hour);
  list = [daily({ job, cron: "5,30 * * * *" })];
  loop.bell.wake();
  await clock.advance(20 * minute);

  expect(begun.slice(2)).toEqual([due(eight + 2 * hour + 5 * minute)]);
  expect(loop.told).toEqual([]);
  expect((await loop.scheduler.states()).map(({ schedule }) => schedule.name)).toEqual(["daily"]);
  await end(loop);
});

test("a wrong expression is told, and holds up no other", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock);
  const loop = await acting(clock, () => [daily({ name: "wrong", cron: "9 o'clock", job }), daily({ job })]);

  await clock.advance(2 * hour);

  expect(begun).toEqual([due(nine)]);
  expect(await loop.scheduler.states()).toMatchObject([{ nextAt: undefined, mistake: expect.stringContaining("") }, { mistake: undefined }]);
  await end(loop);
});

test("when it ends it begins nothing more, and waits for the run under way", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock, 20 * minute);
  const loop = await acting(clock, () => [daily({ job, cron: "0,30 * * * *" })]);
  await clock.advance(hour + minute);
  let ended = false;
  void loop.ended.then(() => (ended = true));

  loop.drain();
  await clock.advance(10 * minute);
  expect(ended).toBe(false);
  await clock.advance(2 * hour);

  expect(ended).toBe(true);
  expect(begun).toEqual([due(eight + 30 * minute), due(nine)]);
  expect(loop.ran.map(([, outcome]) => outcome)).toEqual(["ok", "ok"]);
  expect(clock.sleeping()).toBe(0);
});

test("by hand it runs now, and what is due stays due", async () => {
  const clock = manualClock(eight);
  const { begun, job } = noting(clock, minute);
  const loop = await acting(clock, () => [daily({ job }), daily({ name: "off", enabled: false, job })]);
  await clock.advance(minute);

  const first = await loop.scheduler.startByHand("daily");
  expect((await loop.scheduler.startByHand("daily")).kind).toBe("running");
  expect((await loop.scheduler.startByHand("nobody")).kind).toBe("unknown");
  await clock.advance(2 * minute);
  expect(first.kind === "started" ? await first.ended : undefined).toEqual({ outcome: "ok", words: "run 1" });
  expect((await loop.scheduler.startByHand("off")).kind).toBe("started");
  await clock.advance(2 * hour);

  expect(begun).toEqual([{ at: eight + minute, late: false, byHand: true }, { at: eight + 3 * minute, late: false, byHand: true }, due(nine)]);
  await end(loop);
  expect((await loop.scheduler.startByHand("daily")).kind).toBe("not acting");
});

test("how a run went is kept when the store is there again", async () => {
  const clock = manualClock(eight);
  const { job } = noting(clock, 10 * minute);
  const real = await tempStore(clock);
  let away = false;
  const store = {
    ...real,
    write: async <T>(change: Parameters<typeof real.write<T>>[0]) => (away ? Promise.reject(new Error("disk full")) : await real.write(change)),
  };
  const loop = scheduled(store, clock, () => [daily({ job })]);
  await clock.advance(hour + minute);
  away = true;
  await clock.advance(hour);
  expect(await loop.scheduler.states()).toMatchObject([{ running: true }]);
  away = false;
  await clock.advance(minute);

  expect(await loop.scheduler.states()).toMatchObject([{ running: false, record: { outcome: "ok" } }]);
  await end(loop);
});
