import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextDue, previousDue } from "../../../src/backups/cron/due.ts";
import { parseCron } from "../../../src/backups/cron/parse.ts";
import { readSchedule } from "../../../src/backups/cron/read.ts";
import { zoneOf } from "../../../src/backups/cron/zone.ts";

const at = (text: string): number => Date.parse(text);
const next = (schedule: string, from: string, zone?: string): string | undefined => {
  const due = nextDue(parseCron(schedule), at(from), zone === undefined ? undefined : zoneOf(zone));
  return due === undefined ? undefined : new Date(due).toISOString();
};

test("six fields with seconds first are daily at 03:00", () => {
  expect(next("0 0 3 * * *", "2026-11-23T04:00:00Z")).toBe("2026-11-24T03:00:00.000Z");
  const read = readSchedule("0 0 3 * * *", at("2026-11-23T04:00:00Z"));
  expect(read).toMatchObject({ ok: true, previous: at("2026-11-23T03:00:00Z"), periodMs: 86_400_000, trap: undefined });
});

test("the plan's five fields run each hour at minute 3, and what was meant is said", () => {
  const read = readSchedule("0 3 * * *", at("2026-11-23T04:10:00Z"));
  expect(read).toMatchObject({
    ok: true,
    previous: at("2026-11-23T04:03:00Z"),
    next: at("2026-11-23T05:03:00Z"),
    periodMs: 3_600_000,
    trap: { meant: "0 0 3 * * *", does: "every hour at minute 3" },
  });
});

test("Sunday as 7 in five fields is written as CloudNativePG takes it", () => {
  expect(readSchedule("0 3 * * 7", 0)).toMatchObject({ trap: { meant: "0 0 3 * * 0", does: "every hour at minute 3 in month 7" } });
  expect(readSchedule("30 2 1 * *", 0)).toMatchObject({ trap: { meant: "0 30 2 1 * *", does: "in hour 1 at minute 2, second 30" } });
});

test("descriptors and @every are taken as robfig/cron takes them", () => {
  expect(next("@daily", "2026-11-23T04:00:00Z")).toBe("2026-11-24T00:00:00.000Z");
  expect(next("@weekly", "2026-11-23T04:00:00Z")).toBe("2026-11-29T00:00:00.000Z");
  expect(next("@every 1h30m", "2026-11-23T04:00:00.700Z")).toBe("2026-11-23T05:30:00.000Z");
  expect(parseCron("@every 100ms")).toEqual({ kind: "every", everyMs: 1000 });
});

test.each([
  ["", "empty"],
  ["0 3 * *", "4 fields"],
  ["0 0 3 * * * *", "7 fields"],
  ["0 0 24 * * *", "hour"],
  ["0 0 3 * * 7", "day of week"],
  ["0 0 3 L * *", "day of month"],
  ["0 */0 3 * * *", "step"],
  ["0 5-2 3 * * *", "begins behind"],
  ["0 1/2/3 3 * * *", "slashes"],
  ["0 -1 3 * * *", "minute"],
  ["@reboot", "@reboot"],
  ["@every soon", "duration"],
])("%s is no schedule, in words", (schedule, words) => {
  expect(readSchedule(schedule, 0)).toSatisfy((read: ReturnType<typeof readSchedule>) => !read.ok && read.mistake.includes(words));
});

test("a day that never comes has no due time, and is found out quickly", () => {
  expect(next("0 0 3 30 2 *", "2026-11-23T04:00:00Z")).toBeUndefined();
});

test("with both days given one of them is enough, with a star both must fit", () => {
  expect(next("0 0 3 13 * 5", "2026-11-23T04:00:00Z")).toBe("2026-11-27T03:00:00.000Z");
  expect(next("0 0 3 */2 * 5", "2026-11-23T04:00:00Z")).toBe("2026-11-27T03:00:00.000Z");
});

test("in a zone with summer time an hour that is left out is skipped, one that comes twice fires twice", () => {
  expect(next("0 30 2 * * *", "2026-03-29T00:00:00Z", "Europe/Berlin")).toBe("2026-03-30T00:30:00.000Z");
  expect(next("0 30 2 * * *", "2026-10-25T00:00:00Z", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
  expect(next("0 30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin")).toBe("2026-10-25T01:30:00.000Z");
});

describe("against an independent matcher that looks at each second", () => {
  const part = (min: number, max: number): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("*", "?") },
      { weight: 3, arbitrary: fc.integer({ min, max }).map(String) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }).map((step) => `*/${step}`) },
      { weight: 1, arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`) },
      { weight: 1, arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 9 })).map(([a, step]) => `${a}/${step}`) },
    );
  const list = (min: number, max: number): fc.Arbitrary<string> => fc.array(part(min, max), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
  /** Seconds, minutes and hours are frequent, so that a day of seconds has something to find. */
  const schedule = fc.tuple(list(0, 59), list(0, 59), list(0, 23), list(1, 31), list(1, 12), fc.option(list(0, 6), { nil: undefined }));

  /** As the words of the manual say it, number by number. */
  function fits(text: string, value: number, max: number): boolean {
    return text.split(",").some((each) => {
      const [range = "", step] = each.split("/");
      const star = range === "*" || range === "?";
      const [low = "", high] = range.split("-");
      const from = star ? (max === 31 || max === 12 ? 1 : 0) : Number(low);
      const to = star ? max : high === undefined ? (step === undefined ? from : max) : Number(high);
      return value >= from && value <= to && (value - from) % Number(step ?? 1) === 0;
    });
  }

  const matches = ([second, minute, hour, day, month, week]: readonly (string | undefined)[], ms: number): boolean => {
    const date = new Date(ms);
    const inMonth = fits(day ?? "*", date.getUTCDate(), 31);
    const inWeek = fits(week ?? "*", date.getUTCDay(), 6);
    const starred = /[*?]/u.test(day ?? "*") || /[*?]/u.test(week ?? "*");
    return (
      fits(second ?? "", date.getUTCSeconds(), 59) &&
      fits(minute ?? "", date.getUTCMinutes(), 59) &&
      fits(hour ?? "", date.getUTCHours(), 23) &&
      fits(month ?? "", date.getUTCMonth() + 1, 12) &&
      (starred ? inMonth && inWeek : inMonth || inWeek)
    );
  };

  test("the next due time, with five and six fields", () => {
    const { failed, counterexample } = fc.check(
      fc.property(schedule, fc.integer({ min: at("2024-01-01T00:00:00Z") / 1000, max: at("2029-01-01T00:00:00Z") / 1000 }), (fields, from) => {
        const text = fields.filter((field) => field !== undefined).join(" ");
        const due = nextDue(parseCron(text), from * 1000);
        const end = from + 7200;
        let found: number | undefined;
        for (let second = from + 1; second <= end && found === undefined; second += 1) if (matches(fields, second * 1000)) found = second * 1000;
        return (found === undefined ? due === undefined || due > end * 1000 : due === found) && (due === undefined || matches(fields, due));
      }),
      { numRuns: 120 },
    );
    expect({ failed, counterexample }).toMatchObject({ failed: false });
  });

  test("backwards finds what forwards found", () => {
    const { failed, counterexample } = fc.check(
      fc.property(
        schedule,
        fc.integer({ min: at("2024-01-01T00:00:00Z") / 1000, max: at("2029-01-01T00:00:00Z") / 1000 }),
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
        (fields, from, name) => {
          const zone = zoneOf(name);
          const parsed = parseCron(fields.filter((field) => field !== undefined).join(" "));
          const due = nextDue(parsed, from * 1000, zone);
          if (due === undefined) return true;
          const before = previousDue(parsed, due - 1000, zone);
          return previousDue(parsed, due, zone) === due && (before === undefined || (before <= from * 1000 && nextDue(parsed, before, zone) === due));
        },
      ),
      { numRuns: 80 },
    );
    expect({ failed, counterexample }).toMatchObject({ failed: false });
  });
});
