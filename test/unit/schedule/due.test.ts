import { CronExpressionParser } from "cron-parser";
import fc from "fast-check";
import { DateTime } from "luxon";
import { createTask } from "node-cron";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadCron, type CronTimes } from "../../../src/schedule/cron.ts";
import { dueBetween, nextDue } from "../../../src/schedule/due.ts";
import { offsetAt } from "../../../src/schedule/zone.ts";
import { must } from "../../support/must.ts";

const hour = 3_600_000;
const day = 24 * hour;
const read = await loadCron();

function times(expression: string): CronTimes {
  const reading = read(expression);
  if (!reading.ok) throw new Error(reading.why);
  return reading.times;
}

const at = (iso: string): number => Date.parse(`${iso}Z`);
const short = (ms: number | undefined): string => (ms === undefined ? "never" : new Date(ms).toISOString().slice(0, 16));

function next(expression: string, zone: string, from: string, count: number): readonly string[] {
  const parsed = times(expression);
  const found: number[] = [];
  for (let after: number | undefined = at(from); found.length < count && after !== undefined;) {
    after = nextDue(parsed, zone, after);
    if (after !== undefined) found.push(after);
  }
  return found.map(short);
}

describe("where clocks are moved", () => {
  test.each([
    ["a time that does not exist fires once, right after the gap", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]],
    ["several that do not exist are one", "*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]],
    [
      "one that falls on the end of the gap is not fired twice",
      "30 2,3 * * *",
      "America/New_York",
      "2026-03-08T05:00",
      ["2026-03-08T07:00", "2026-03-08T07:30"],
    ],
    ["a time that comes twice fires the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    ["a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:30", ["2026-10-03T15:30", "2026-10-04T15:15"]],
    ["a doubled half hour", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:30", ["2026-04-04T14:45", "2026-04-05T15:15"]],
    ["a gap at midnight", "0 0 * * *", "America/Havana", "2026-03-07T06:00", ["2026-03-08T05:00", "2026-03-09T04:00"]],
    ["a day that does not exist", "0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00", ["2011-12-30T10:00", "2012-12-29T22:00"]],
  ])("%s", (_, expression, zone, from, expected) => {
    expect(next(expression, zone, from, 2)).toEqual(expected);
  });

  test.each([
    ["Europe/Berlin", "2026-03-29T00:30"],
    ["Europe/Berlin", "2026-10-24T23:30"],
    ["Australia/Lord_Howe", "2026-04-04T14:00"],
  ])("what runs every so often keeps to it, also in doubled hours (%s, %s)", (zone, from) => {
    const due = next("*/15 * * * *", zone, from, 20).map((each) => at(each));
    expect(due.map((each, index) => each - at(from) - (index + 1) * hour * 0.25)).toEqual(due.map(() => 0));
  });

  // Why neither library says when to fire: what each of them has for the same question.
  test.each([
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00", "2026-03-30T00:30", "2026-03-29T01:30"],
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T00:30"],
    ["*/20 * * * *", "Europe/Berlin", "2026-10-24T23:40", "2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T00:00"],
    ["*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:45", "2026-04-04T15:00", "2026-04-04T15:30", "2026-04-04T15:30"],
    ["15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:30", "2026-10-03T15:30", "2026-10-04T15:15", "2026-10-04T15:15"],
  ])("%s in %s after %s: ours, node-cron's and cron-parser's answers", (expression, zone, from, ours, nodeCron, parser) => {
    expect(short(nextDue(times(expression), zone, at(from)))).toBe(ours);
    expect(short(byParser(expression, zone, at(from)))).toBe(parser);
    vi.useFakeTimers({ toFake: ["Date"], now: at(from) });
    expect(short(byNodeCron(expression, zone))).toBe(nodeCron);
  });
});

beforeEach(() => {
  vi.useRealTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function byParser(expression: string, zone: string, from: number): number {
  return CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(from) })
    .next()
    .getTime();
}

/** From now: `Date` must be set. */
function byNodeCron(expression: string, zone: string): number {
  const task = createTask(expression, () => undefined, { timezone: zone });
  const [found] = task.getNextRuns(1);
  void task.destroy();
  if (found === undefined) throw new Error("node-cron knows no next run");
  return found.getTime();
}

const zones = ["UTC", "Europe/Berlin", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Havana"] as const;
const value = (least: number, most: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 4, arbitrary: fc.integer({ min: least, max: most }).map(String) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: Math.max(2, Math.floor(most / 2)) }).map((step) => `*/${step}`) },
    {
      weight: 2,
      arbitrary: fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 }).map((some) => some.toSorted((a, b) => a - b).join(",")),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    },
  );
const days = fc.oneof(
  fc.tuple(value(1, 28), value(1, 12), fc.constant("*")),
  fc.tuple(fc.constant("*"), value(1, 12), value(0, 6)),
  fc.tuple(fc.constant("L"), value(1, 12), fc.constant("*")),
  fc.tuple(fc.constant("*"), fc.constant("*"), fc.constantFrom("1#1", "5L", "MON-FRI", "7")),
);
const expression = fc
  .tuple(fc.option(value(0, 59), { nil: undefined }), value(0, 59), value(0, 23), days)
  .map(([second, minute, hours, onDays]) => [...(second === undefined ? [] : [second]), minute, hours, ...onDays].join(" "));
const instant = fc.integer({ min: at("2025-01-01T00:00"), max: at("2031-01-01T00:00") });

test("away from where clocks are moved, three agree: node-cron, cron-parser and this", () => {
  let compared = 0;
  vi.useFakeTimers({ toFake: ["Date"] });
  fc.assert(
    fc.property(expression, fc.constantFrom(...zones), instant, (cron, zone, from) => {
      const ours = nextDue(times(cron), zone, from);
      must(ours !== undefined && ours > from, "there is a next time");
      if (ours === undefined || !steady(zone, from - day, ours + day)) return;
      compared += 1;
      vi.setSystemTime(from);
      expect([short(byNodeCron(cron, zone)), short(byParser(cron, zone, from))]).toEqual([short(ours), short(ours)]);
    }),
    { numRuns: 600 },
  );
  expect(compared).toBeGreaterThan(200);
});

/** No clock is moved within: looked at every few hours. */
function steady(zone: string, from: number, to: number): boolean {
  const offset = offsetAt(from, zone);
  for (let moment = from; moment < to + 6 * hour; moment += 6 * hour) if (offsetAt(moment, zone) !== offset) return false;
  return true;
}

test("a time of the day fires once on each day of three years, as luxon counts them", () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (zone, hours, minute) => {
      const found = dueBetween(times(`${minute} ${hours} * * *`), zone, at("2025-01-01T00:00"), at("2028-01-01T00:00"), 10_000);
      const byDay = new Map<string, number>();
      for (const due of found) {
        const there = DateTime.fromMillis(due, { zone });
        byDay.set(there.toISODate() ?? "", (byDay.get(there.toISODate() ?? "") ?? 0) + 1);
        const asked = DateTime.fromObject({ year: there.year, month: there.month, day: there.day, hour: hours, minute }, { zone });
        // luxon moves a time that does not exist forward by the gap.
        const exists = asked.hour === hours && asked.minute === minute;
        must(exists ? there.hour === hours && there.minute === minute : due < asked.toMillis() && asked.toMillis() - due < hour, `${there.toISO()}`);
        must(!exists || due <= asked.toMillis(), "the first of two");
      }
      must(
        [...byDay.values()].every((count) => count === 1),
        "once a day",
      );
      expect([1095, 1096]).toContain(byDay.size);
    }),
    { numRuns: 12 },
  );
});

test("all that is due between two times is what comes next, again and again", () => {
  fc.assert(
    fc.property(expression, fc.constantFrom(...zones), instant, fc.integer({ min: 0, max: 3 * day }), (cron, zone, from, span) => {
      const parsed = times(cron);
      const one: number[] = [];
      for (let due = nextDue(parsed, zone, from); due !== undefined && due <= from + span && one.length < 500; due = nextDue(parsed, zone, due)) one.push(due);
      const all = dueBetween(parsed, zone, from, from + span, 1_000_000);
      expect(all.slice(0, 500)).toEqual(one);
      expect(dueBetween(parsed, zone, from, from + span, 3)).toEqual(all.slice(-3));
    }),
    { numRuns: 150 },
  );
});

test("nothing is due backwards, and what comes never is never", () => {
  expect(dueBetween(times("* * * * * *"), "UTC", at("2026-01-02T00:00"), at("2026-01-01T00:00"), 10)).toEqual([]);
  expect(nextDue(times("0 0 L-30 2 *"), "UTC", at("2026-01-01T00:00"))).toBeUndefined();
  expect(short(nextDue(times("0 0 29 2 *"), "UTC", at("2096-03-01T00:00")))).toBe("2104-02-29T00:00");
});

describe("an expression", () => {
  test.each([
    ["* * * *", "expected 5 or 6 fields"],
    ["", "illegal characters"],
    ["60 * * * *", "60"],
    ["*/0 * * * *", "minute"],
    ["0 0 31 2 *", "impossible day"],
    ["* * * * * * *", "expected 5 or 6 fields"],
    ["0 9 1-7 * 1", "name one of them"],
    [`${"0,".repeat(150)}0 * * * *`, "longer than"],
  ])("%s is refused in words", (cron, words) => {
    expect(read(cron)).toEqual({ ok: false, why: expect.stringContaining(words) });
  });

  test.each(["*/15 * * * *", "0 */15 * * * *", "@daily", "0 9 * * MON-FRI", "0 3 * * 1#1", "0 3 L * *", "0 22-2 * * *", " 0   9 * * * "])(
    "%s is understood",
    (cron) => {
      expect(read(cron)).toMatchObject({ ok: true });
    },
  );
});
