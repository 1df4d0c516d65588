import { describe, expect, test } from "vitest";
import { loadCron } from "../../../src/schedule/cron.ts";
import { decide, mostBackMs, planOf, type Decision, type Situation } from "../../../src/schedule/decide.ts";
import { neverRun } from "../../../src/schedule/record.ts";
import type { ScheduleRecord } from "../../../src/store/schedule-store.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const read = await loadCron();

const nine = Date.UTC(2026, 5, 12, 9);
const daily: Situation["schedule"] = { cron: "0 9 * * *", timeZone: "UTC", enabled: true, makeUpWithinMs: 2 * hour, jitterMs: 0 };

function record(changes: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return { ...neverRun("daily", planOf(daily), nine - day), version: 5, ...changes };
}

function decided(
  now: number,
  known: ScheduleRecord | undefined = record(),
  changes: Partial<Situation["schedule"]> = {},
  more: Partial<Situation> = {},
): Decision {
  const schedule = { ...daily, ...changes };
  const reading = read(schedule.cron);
  if (!reading.ok) throw new Error(reading.why);
  return decide({ schedule, times: reading.times, record: known, running: false, now, startOf: (dueAt) => dueAt, ...more });
}

const start = (at: number, late: boolean, missed: readonly number[] = []): Decision => ({ do: "start", at, late, missed });
const underWay = { dueAt: nine - day, startedAt: nine - day, attempts: 1 };

test("before its time it waits for it, and at its time it starts", () => {
  expect(decided(nine - 1)).toEqual({ do: "wait", until: nine });
  expect(decided(nine)).toEqual(start(nine, false));
  expect(decided(nine, record({ lastDueAt: nine }))).toEqual({ do: "wait", until: nine + day });
});

test("a schedule that is new owes nothing of the past", () => {
  const reading = read(daily.cron);
  if (!reading.ok) throw new Error(reading.why);
  expect(decide({ schedule: daily, times: reading.times, record: undefined, running: false, now: nine + 1, startOf: (at) => at })).toEqual({
    do: "begin",
    plan: "0 9 * * * UTC",
    lastDueAt: nine + 1,
  });
});

describe("a time that was missed", () => {
  test.each([
    ["a minute late is in time", minute, start(nine, false)],
    ["later it is made up", minute + 1, start(nine, true)],
    ["up to the end of the window", 2 * hour, start(nine, true)],
    ["and not after it", 2 * hour + 1, { do: "pass", why: "missed", times: [nine] }],
  ] as const)("%s", (_, late, expected) => {
    expect(decided(nine + late)).toEqual(expected);
  });

  test("of several the newest is made up, the others are counted", () => {
    const times = [nine - 2 * day, nine - day];
    expect(decided(nine + hour, record({ lastDueAt: nine - 3 * day }))).toEqual(start(nine, true, times));
    expect(decided(nine + 3 * hour, record({ lastDueAt: nine - 3 * day }))).toEqual({ do: "pass", why: "missed", times: [...times, nine] });
  });

  test("is not owed while the schedule was off, or had another time or zone", () => {
    expect(decided(nine + 1, record({ plan: "off" }))).toEqual({ do: "begin", plan: "0 9 * * * UTC", lastDueAt: nine + 1 });
    expect(decided(nine + 1, record(), { timeZone: "Europe/Berlin" })).toMatchObject({ do: "begin", plan: "0 9 * * * Europe/Berlin" });
    expect(decided(nine + 1, record(), { enabled: false })).toMatchObject({ do: "begin", plan: "off" });
    expect(decided(nine + 1, record({ plan: "off" }), { enabled: false })).toEqual({ do: "wait", until: undefined });
  });
});

test("while the run before goes on, it is skipped", () => {
  expect(decided(nine, record(underWay), {}, { running: true })).toEqual({ do: "pass", why: "skipped", times: [nine] });
  expect(decided(nine - 1, record(underWay), {}, { running: true })).toEqual({ do: "wait", until: nine });
});

describe("a run that was cut off", () => {
  const cut = record({ lastDueAt: nine, dueAt: nine, startedAt: nine, attempts: 1 });
  const told = (again: boolean): Decision => ({ do: "settle", again });
  test.each([
    ["is begun again within the window", told(true), nine + hour, cut, {}],
    ["not after it", told(false), nine + 3 * hour, cut, {}],
    ["not when it may not", told(false), nine + hour, cut, { repeatable: false }],
    ["not for ever", told(false), nine + hour, { ...cut, attempts: 3 }, {}],
    ["not when a person began it", told(false), nine + hour, { ...cut, byHand: true, dueAt: undefined }, {}],
    ["not when it is off by now", told(false), nine + hour, cut, { enabled: false }],
    ["not when a newer one is due", told(false), nine + day, cut, { makeUpWithinMs: 2 * day }],
  ])("%s", (_, expected, now, known, changes) => {
    expect(decided(now, known, changes)).toEqual(expected);
  });
});

describe("jitter", () => {
  const latest: number[] = [];
  const startOf = (_: number, most: number): number => {
    latest.push(most);
    return most;
  };

  test("a start is put off, and not beyond the next due time", () => {
    expect(decided(nine, record(), { jitterMs: 10 * minute }, { startOf })).toEqual({ do: "wait", until: nine + 10 * minute });
    expect(decided(nine + 10 * minute, record(), { jitterMs: 10 * minute }, { startOf })).toEqual(start(nine, false));
    const often = { cron: "* * * * *", jitterMs: 10 * minute };
    expect(decided(nine, record({ plan: "* * * * * UTC", lastDueAt: nine - 1 }), often, { startOf })).toEqual({ do: "wait", until: nine + 55_000 });
    expect(latest).toEqual([nine + 10 * minute, nine + 10 * minute, nine + 55_000]);
  });

  test("what was missed before is counted at once", () => {
    const known = record({ lastDueAt: nine - 2 * day });
    expect(decided(nine, known, { jitterMs: 10 * minute }, { startOf })).toEqual({ do: "pass", why: "missed", times: [nine - day] });
  });

  test("what is made up does not wait", () => {
    expect(decided(nine + 12 * minute, record(), { jitterMs: 10 * minute }, { startOf })).toEqual(start(nine, true));
  });
});

describe("a clock that goes back", () => {
  const fired = record({ lastDueAt: nine });

  test("fires nothing again", () => {
    expect(decided(nine - hour, fired)).toEqual({ do: "wait", until: nine + day });
    expect(decided(nine - mostBackMs, fired)).toEqual({ do: "wait", until: nine + day });
  });

  test("by more than a day was wrong before: it is counted anew, and not silent until then", () => {
    expect(decided(nine - mostBackMs - 1, fired)).toEqual({ do: "begin", plan: "0 9 * * * UTC", lastDueAt: nine - mostBackMs - 1 });
  });

  test("and a new plan at the same time fires nothing again either", () => {
    expect(decided(nine - hour, fired, { cron: "0 * * * *" })).toEqual({ do: "begin", plan: "0 * * * * UTC", lastDueAt: nine });
  });
});
