import { expect, test } from "vitest";
import { RateLimiter, synapseDefaultLimit } from "../../../../src/sandbox/homeserver/rate-limit.ts";

const start = Date.UTC(2026, 5, 12);

test("ten at once fit, the eleventh waits five seconds, and a refused one costs nothing", () => {
  const limiter = new RateLimiter();
  const act = (atMs: number): number | undefined => limiter.tryAction("nadia", synapseDefaultLimit, start + atMs, true);

  expect(Array.from({ length: 10 }, () => act(0))).toEqual(Array.from({ length: 10 }, () => undefined));
  expect(act(0)).toBe(5000);
  expect(act(3000)).toBe(2000);
  expect(act(5000)).toBeUndefined();
  expect(act(5000)).toBe(5000);
});

test("an empty bucket holds ten again, never more", () => {
  const limiter = new RateLimiter();
  limiter.tryAction("nadia", synapseDefaultLimit, start, true);
  const later = start + 3_600_000;

  const taken = Array.from({ length: 12 }, () => limiter.tryAction("nadia", synapseDefaultLimit, later, true));

  expect(taken.filter((wait) => wait === undefined)).toHaveLength(10);
});

test("each person has a bucket of their own", () => {
  const limiter = new RateLimiter();
  for (let index = 0; index < 10; index += 1) limiter.tryAction("nadia", synapseDefaultLimit, start, true);

  expect(limiter.tryAction("nadia", synapseDefaultLimit, start, true)).toBeDefined();
  expect(limiter.tryAction("oleg", synapseDefaultLimit, start, true)).toBeUndefined();
});
