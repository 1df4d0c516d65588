import * as fc from "fast-check";
import { expect, test } from "vitest";
import { tokenBucket } from "../../../../src/matrix/outbox/token-bucket.ts";

test("a burst goes at once, then one each five seconds at Synapse's default", () => {
  const bucket = tokenBucket({ perSecond: 0.2, burst: 10 });
  for (let sent = 0; sent < 10; sent += 1) {
    expect(bucket.waitMs(0)).toBe(0);
    bucket.take(0);
  }

  expect(bucket.waitMs(0)).toBe(5000);
  expect(bucket.waitMs(4000)).toBe(1000);
  expect(bucket.waitMs(5000)).toBe(0);
});

test("after the homeserver refused, nothing goes until it said, and then one at a time", () => {
  const bucket = tokenBucket({ perSecond: 0.2, burst: 10 });

  bucket.empty(0, 12_000);

  expect(bucket.waitMs(0)).toBe(12_000);
  expect(bucket.waitMs(11_999)).toBe(1);
  expect(bucket.waitMs(12_000)).toBe(0);
  bucket.take(12_000);
  expect(bucket.waitMs(12_000)).toBe(5000);
});

test("a limit of nought is none, but a refusal is obeyed all the same", () => {
  const bucket = tokenBucket({ perSecond: 0, burst: 0 });
  for (let sent = 0; sent < 1000; sent += 1) bucket.take(0);
  expect(bucket.waitMs(0)).toBe(0);

  bucket.empty(0, 3000);

  expect(bucket.waitMs(1000)).toBe(2000);
  expect(bucket.waitMs(3000)).toBe(0);
});

test("whoever waits as told never sends more than the burst and the rate allow", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }),
      (burst, perSecond, pauses) => {
        const bucket = tokenBucket({ perSecond, burst });
        let now = 0;
        pauses.forEach((pause, sent) => {
          now += pause;
          now += bucket.waitMs(now);
          expect(bucket.waitMs(now)).toBe(0);
          bucket.take(now);
          expect(sent + 1).toBeLessThanOrEqual(burst + (now / 1000) * perSecond + 0.001);
        });
      },
    ),
  );
});
