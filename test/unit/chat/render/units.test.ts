import { expect, test } from "vitest";
import { age, bytes, clockTime, cores, duration, percent, since } from "../../../../src/chat/render/units.ts";

const now = Date.UTC(2026, 5, 12, 12, 4, 30);
const view = { now, timeZone: "Europe/Moscow" };

test("a time is both how long ago and when, in the configured zone", () => {
  expect(since(now - 200_000, view)).toBe("3 min ago, 15:01 MSK");
  expect(since(now - 200_000, { now, timeZone: "Europe/Berlin" })).toBe("3 min ago, 14:01 CEST");
  expect(since(now + 600_000, view)).toBe("in 10 min, 15:14 MSK");
});

test("the date is there when it is needed", () => {
  expect(clockTime(now - 86_400_000, view)).toBe("11 Jun 15:04 MSK");
  expect(clockTime(now - 365 * 86_400_000, view)).toBe("12 Jun 2025 15:04 MSK");
  expect(clockTime(Number.NaN, view)).toBe("at an unknown time");
});

test("ages and durations", () => {
  expect(age(now - 12_400, view)).toBe("12 s old");
  expect(age(now + 5000, view)).toBe("0 s old");
  expect([59_999, 60_000, 3_600_000, 172_800_000].map(duration)).toEqual(["59 s", "1 min", "1 h", "2 d"]);
});

test("amounts read as Kubernetes writes them, and what is not known is never 0", () => {
  expect([0, 2 ** 19, 582 * 2 ** 20, 1023 * 2 ** 20, 5.6 * 2 ** 30, 200 * 2 ** 30].map(bytes)).toEqual([
    "0 Ki",
    "512 Ki",
    "582 Mi",
    "1.0 Gi",
    "5.6 Gi",
    "200 Gi",
  ]);
  expect([bytes(undefined), percent(undefined), cores(undefined), percent(Number.NaN)]).toEqual(["?", "?", "?", "?"]);
});

test("a share is not rounded up to a threshold it has not reached", () => {
  expect([0.899, 0.9, 0.94, 0.29, 1.2].map(percent)).toEqual(["89 %", "90 %", "94 %", "29 %", "120 %"]);
  expect([20, 380, 2000, 15_900].map(cores)).toEqual(["0.02", "0.4", "2.0", "16"]);
});
