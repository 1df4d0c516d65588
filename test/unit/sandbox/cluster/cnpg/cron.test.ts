import { describe, expect, test } from "vitest";
import { parseCron } from "../../../../../src/sandbox/cluster/cnpg/cron.ts";

const from = Date.UTC(2026, 5, 12, 9, 15, 30);
const times = (spec: string, count = 2): readonly string[] => {
  const { next } = parseCron(spec);
  const found: string[] = [];
  for (let at = next(from); at !== undefined && found.length < count; at = next(at)) found.push(new Date(at).toISOString().slice(0, 19));
  return found;
};

describe("CloudNativePG's cron", () => {
  test.each([
    ["0 3 * * *", ["2026-06-12T10:03:00", "2026-06-12T11:03:00"]],
    ["0 0 3 * * *", ["2026-06-13T03:00:00", "2026-06-14T03:00:00"]],
    ["30 * * * * *", ["2026-06-12T09:16:30", "2026-06-12T09:17:30"]],
    ["0 */20 9-10 * * *", ["2026-06-12T09:20:00", "2026-06-12T09:40:00"]],
    ["0 0 0 1 * mon", ["2026-06-15T00:00:00", "2026-06-22T00:00:00"]],
    ["0 0 0 29 feb *", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]],
    ["@daily", ["2026-06-13T00:00:00", "2026-06-14T00:00:00"]],
    ["@every 1h30m", ["2026-06-12T10:45:30", "2026-06-12T12:15:30"]],
    ["0 0 0 30 2 *", []],
  ])("reads %s", (spec, due) => {
    expect(times(spec)).toEqual(due);
  });

  test.each([
    ["0 3 * *", "Expected 5 to 6 fields, found 4: 0 3 * *"],
    ["60 * * * * *", "End of range (60) above maximum (59): 60"],
    ["0 0 3 * * sunday", "Failed to parse int from sunday"],
    ["@noon", "Unrecognized descriptor: @noon"],
  ])("refuses %s in its words", (spec, words) => {
    expect(() => parseCron(spec)).toThrow(words);
  });
});
