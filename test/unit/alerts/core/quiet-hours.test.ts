import fc from "fast-check";
import { DateTime } from "luxon";
import { expect, test } from "vitest";
import { quietUntil } from "../../../../src/alerts/quiet-hours.ts";
import type { QuietHours } from "../../../../src/alerts/settings.ts";

const minuteMs = 60_000;
const hours = (from: string, to: string, timeZone: string): QuietHours => {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { fromMinute: minutes(from), toMinute: minutes(to), timeZone };
};
const utc = (text: string): number => Date.parse(`${text}Z`);

test.each<[string, QuietHours, string, string | undefined]>([
  ["before they begin", hours("22:00", "08:00", "Europe/Moscow"), "2026-06-12T18:59:59", undefined],
  ["as they begin", hours("22:00", "08:00", "Europe/Moscow"), "2026-06-12T19:00:00", "2026-06-13T05:00:00"],
  ["after midnight", hours("22:00", "08:00", "Europe/Moscow"), "2026-06-12T23:30:00", "2026-06-13T05:00:00"],
  ["the last second", hours("22:00", "08:00", "Europe/Moscow"), "2026-06-13T04:59:59", "2026-06-13T05:00:00"],
  ["as they end", hours("22:00", "08:00", "Europe/Moscow"), "2026-06-13T05:00:00", undefined],
  ["within one day", hours("12:00", "13:30", "UTC"), "2026-06-12T13:00:00", "2026-06-12T13:30:00"],
  ["until midnight", hours("20:00", "00:00", "UTC"), "2026-06-12T21:00:00", "2026-06-13T00:00:00"],
  ["over the new year", hours("22:00", "08:00", "UTC"), "2026-12-31T23:00:00", "2027-01-01T08:00:00"],
  ["a zone of half hours", hours("22:00", "06:30", "Asia/Kolkata"), "2026-06-12T17:00:00", "2026-06-13T01:00:00"],
  ["a night of seven hours", hours("23:00", "07:00", "Europe/Berlin"), "2026-03-28T22:30:00", "2026-03-29T05:00:00"],
  ["a night of nine hours", hours("23:00", "07:00", "Europe/Berlin"), "2026-10-24T21:30:00", "2026-10-25T06:00:00"],
  ["the clock jumps over the end", hours("23:00", "02:30", "Europe/Berlin"), "2026-03-28T23:30:00", "2026-03-29T01:00:00"],
  ["an end that comes twice, before the first", hours("23:00", "02:30", "Europe/Berlin"), "2026-10-24T23:30:00", "2026-10-25T00:30:00"],
  ["an end that comes twice, before the second", hours("23:00", "02:30", "Europe/Berlin"), "2026-10-25T01:15:00", "2026-10-25T01:30:00"],
  ["midnight does not exist", hours("22:00", "00:30", "Africa/Cairo"), "2026-04-23T21:00:00", "2026-04-23T22:00:00"],
])("%s", (_name, given, at, until) => {
  const found = quietUntil(utc(at), given);
  expect(found === undefined ? undefined : new Date(found).toISOString().slice(0, 19)).toBe(until);
});

test("they end at the first minute of which the wall clock says so, in every zone and at every change of the clock", () => {
  const zone = fc.constantFrom("Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "UTC");
  const jumps = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-04-24", "2026-10-04", "2026-10-25", "2026-10-30", "2026-11-01", "2026-07-01"];
  const at = fc
    .tuple(fc.constantFrom(...jumps), fc.integer({ min: -30 * 60, max: 30 * 60 }))
    .map(([day, minute]) => utc(`${day}T00:00:00`) + minute * minuteMs);
  const minuteOfDay = fc.integer({ min: 0, max: 24 * 60 - 1 });
  fc.assert(
    fc.property(zone, at, minuteOfDay, minuteOfDay, (timeZone, now, fromMinute, toMinute) => {
      // Whoever is left in peace but for an hour a day may lose that hour to the clock.
      fc.pre((fromMinute - toMinute + 1440) % 1440 >= 120);
      const given = { fromMinute, toMinute, timeZone };
      const isQuiet = (time: number): boolean => {
        const { hour, minute } = DateTime.fromMillis(time, { zone: timeZone });
        const wall = hour * 60 + minute;
        return fromMinute < toMinute ? wall >= fromMinute && wall < toMinute : wall >= fromMinute || wall < toMinute;
      };
      let end = now;
      while (isQuiet(end)) end += minuteMs;
      const found = quietUntil(now, given);
      // Put back to before they began, the clock comes to their beginning twice: that is one night.
      const putBack = DateTime.fromMillis(end, { zone: timeZone }).offset < DateTime.fromMillis(now, { zone: timeZone }).offset;
      const isEnd = found === end || (putBack && found !== undefined && found > end && !isQuiet(found));
      expect({ now, found, end, right: end === now ? found === undefined : isEnd }).toMatchObject({ right: true });
    }),
    { numRuns: 300 },
  );
});
