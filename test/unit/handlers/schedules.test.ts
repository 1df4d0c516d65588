import { expect, test } from "vitest";
import { schedules, type SchedulesNeeds } from "../../../src/handlers/schedules.ts";
import { neverRun } from "../../../src/schedule/record.ts";
import type { JobResult } from "../../../src/schedule/schedule.ts";
import type { HandStart, ScheduleState } from "../../../src/schedule/scheduler.ts";
import type { ScheduleRecord } from "../../../src/store/schedule-store.ts";
import { asker } from "../../support/asker.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { daily, hour, minute } from "../../support/scheduled.ts";
import { show, type Shown } from "../../support/show.ts";

const now = Date.UTC(2026, 5, 12, 12);

function state(name: string, record: Partial<ScheduleRecord> = {}, changes: Partial<ScheduleState> = {}): ScheduleState {
  return {
    schedule: daily({ name, describe: `does ${name}` }),
    record: { ...neverRun(name, "", now), version: 1, ...record },
    running: false,
    nextAt: now + 12 * minute,
    mistake: undefined,
    ...changes,
  };
}

const ok: Partial<ScheduleRecord> = { startedAt: now - 3 * minute, finishedAt: now - 2 * minute, outcome: "ok", words: "2 clusters ok" };
const failed: Partial<ScheduleRecord> = { startedAt: now - hour, finishedAt: now - hour, outcome: "failed", words: "no route to host" };

interface Asked {
  readonly states?: readonly ScheduleState[];
  readonly role?: "viewer" | "operator";
  readonly start?: HandStart;
}

async function ask(
  args: { readonly what?: string; readonly name?: string },
  { states = [], role = "operator", start = { kind: "not acting" } }: Asked = {},
): Promise<Shown> {
  const clock = manualClock(now);
  const needs: SchedulesNeeds = { scheduler: () => ({ states: async () => states, startByHand: async () => start }), clock };
  const answering = schedules.run(args, needs, asker({ role }));
  await clock.advance(2 * minute);
  return show(schedules.render(await answering, { now, timeZone: "Europe/Moscow" }));
}

test("it says what is next, in the room's zone, and how each last run went", async () => {
  const shown = await ask({}, { states: [state("backup-check", { ...ok, missed: 3, skipped: 1 }), state("daily", {}, { nextAt: now + 18 * hour })] });

  expect(shown.room).toContain("🟢 2 schedules; next backup-check in 12 min, 15:12 MSK");
  expect(shown.room).toMatch(/🟢 backup-check\s+15:12 MSK/u);
  expect(shown.room).toMatch(/⚪ daily\s+13 Jun 09:00 MSK/u);
  expect(shown.thread).toContain(
    "backup-check does backup-check · next in 12 min, 15:12 MSK · last 3 min ago, 14:57 MSK: ok, 2 clusters ok · missed 3 · skipped 1",
  );
  expect(shown.thread).toContain("did not run yet");
});

test("what went wrong is said first", async () => {
  const shown = await ask(
    {},
    {
      states: [
        state("a", ok),
        state("b", failed),
        state("c", ok, { mistake: "expected 5 or 6 fields but got 2", nextAt: undefined }),
        state("d", { ...ok, outcome: "interrupted", words: "cut off" }),
        state("e", ok, { running: true }),
        state("f", ok, { schedule: daily({ name: "f", enabled: false }), nextAt: undefined }),
      ],
    },
  );

  expect(shown.first).toContain("🔴 3 of 6 schedules did not go well");
  expect(shown.room).toContain("b: last 1 h ago, 14:00 MSK: failed, no route to host");
  expect(shown.room).toContain("its cron expression is wrong: expected 5 or 6 fields but got 2");
  expect(shown.room).toMatch(/⏳ e/u);
  expect(shown.room).toMatch(/⚪ f\s+off/u);
});

test("many schedules with long and odd names fit on a phone, and the rest is in the thread", async () => {
  const states = Array.from({ length: 40 }, (_, index) => state(`schedule-${"x".repeat(40)}-${index}`, { ...failed, words: `<b>\n${"y".repeat(600)}` }));

  const shown = await ask({}, { states });

  expect(shown.room).toContain("… and 33 more, in the thread");
  expect(shown.thread.match(/🔴 /gu)?.length).toBeGreaterThan(30);
});

test("one of them, by name; a name that is none is answered with the nearest", async () => {
  const states = [state("backup-check", ok), state("daily", ok)];

  expect((await ask({ what: "daily" }, { states })).thread).not.toContain("backup-check");
  expect((await ask({ what: "backup-chek" }, { states })).room).toContain("There is no schedule “backup-chek”. Did you mean backup-check?");
  expect((await ask({ what: "run" }, { states })).room).toContain("Say which one to run.");
  expect((await ask({ what: "run", name: "x" }, {})).room).toContain("There are none.");
  expect((await ask({})).room).toBe("Nothing is scheduled here.");
});

const result: JobResult = { outcome: "ok", words: "2 clusters ok" };
test.each<[string, HandStart, string]>([
  ["its words", { kind: "started", ended: Promise.resolve(result) }, "🟢 daily: 2 clusters ok"],
  ["what failed", { kind: "started", ended: Promise.resolve({ outcome: "failed", words: "S3 is down" }) }, "🔴 daily: S3 is down"],
  ["that it was given up", { kind: "started", ended: Promise.resolve(undefined) }, "given up because Opsroom stops"],
  ["that it takes long", { kind: "started", ended: new Promise(() => undefined) }, "⏳ daily is still running"],
  ["that it runs already", { kind: "running" }, "⏳ daily is running already"],
])("run answers %s", async (_, start, words) => {
  expect((await ask({ what: "run", name: "daily" }, { states: [state("daily")], start })).room).toContain(words);
});

test("who may only look starts nothing", async () => {
  expect((await ask({ what: "run", name: "daily" }, { states: [state("daily")], role: "viewer" })).room).toContain("needs the role operator");
  expect((await ask({ what: "daily" }, { states: [state("daily")], role: "viewer" })).first).toContain("1 schedule");
});
