import { expect, test } from "vitest";
import { decideStorm, type Storm, type Weather } from "../../../src/alerts/storm.ts";
import { tokenBucket } from "../../../src/matrix/outbox/token-bucket.ts";

const synapse = { perSecond: 0.2, burst: 10 };
const waiting = (count: number, since = 0): Weather["waiting"] => Array.from({ length: count }, (_, at) => ({ group: `g${at}`, since }));
const calm: Weather = { waiting: [], before: undefined, free: false, pace: { left: 10, perSecond: 0.2 }, now: 5000 };

test("a few groups that go out at once need no digest", () => {
  expect(decideStorm({ ...calm, waiting: waiting(8) }).kind).toBe("nothing");
});

test("more than can be said within seconds do", () => {
  const act = decideStorm({ ...calm, waiting: waiting(14) });
  expect(act).toMatchObject({ kind: "begin", storm: { number: 1, total: 14 } });
});

test("an account without a limit never has one", () => {
  expect(decideStorm({ ...calm, waiting: waiting(500), pace: { left: undefined, perSecond: 0 } }).kind).toBe("nothing");
});

test("new names are told within seconds, progress once a minute, the end at once", () => {
  const storm: Storm = { number: 3, edits: 0, editedAt: 0, named: waiting(10).map((each) => each.group), total: 10, over: false };
  const about = { ...calm, before: storm, pace: { left: 0, perSecond: 0.2 } };
  expect(decideStorm({ ...about, waiting: waiting(12), now: 3000 }).kind).toBe("nothing");
  expect(decideStorm({ ...about, waiting: waiting(12), now: 6000 })).toMatchObject({ kind: "edit", storm: { total: 12, edits: 1 } });
  expect(decideStorm({ ...about, waiting: waiting(12), now: 100, free: true }).kind).toBe("edit");
  expect(decideStorm({ ...about, waiting: waiting(9), now: 30_000 }).kind).toBe("nothing");
  expect(decideStorm({ ...about, waiting: waiting(9), now: 60_000 }).kind).toBe("edit");
  expect(decideStorm({ ...about, waiting: [], now: 1000 })).toMatchObject({ kind: "end", storm: { over: true, total: 10 } });
});

test("the next storm has a message of its own", () => {
  const over: Storm = { number: 3, edits: 4, editedAt: 0, named: [], total: 10, over: true };
  expect(decideStorm({ ...calm, waiting: waiting(14), before: over })).toMatchObject({ kind: "begin", storm: { number: 4, edits: 0 } });
});

test("50 groups within 5 s under Synapse's default limit: all named within 15 s, the 10 critical ones out within 60 s, at most 25 events in a minute, all out within 5 min", () => {
  // The worst order: the critical ones come last.
  const arrivals = Array.from({ length: 50 }, (_, at) => ({ group: `g${at}`, at: at * 100, critical: at >= 40 }));
  const bucket = tokenBucket(synapse);
  const sentAt = new Map<string, number>();
  const events: number[] = [];
  const named = new Map<string, number>();
  let digest: Storm | undefined;
  let digestWaits: Storm | undefined;
  for (let now = 0; now <= 300_000; now += 100) {
    const waits = arrivals.filter((each) => each.at <= now && !sentAt.has(each.group));
    if (now % 1000 === 0) {
      const act = decideStorm({
        waiting: waits.map(({ group, at }) => ({ group, since: at })),
        before: digest,
        free: digestWaits !== undefined,
        pace: { left: bucket.left(now), perSecond: 0.2 },
        now,
      });
      if (act.kind !== "nothing") digest = digestWaits = act.storm;
    }
    while (bucket.waitMs(now) === 0) {
      const critical = waits.find((each) => each.critical && !sentAt.has(each.group));
      const rest = bucket.waitMs(now, 4) === 0 ? waits.find((each) => !sentAt.has(each.group)) : undefined;
      const next = critical ?? rest;
      if (digestWaits !== undefined) {
        for (const group of digestWaits.named) if (!named.has(group)) named.set(group, now);
        digestWaits = undefined;
      } else if (next === undefined) break;
      else sentAt.set(next.group, now);
      bucket.take(now);
      events.push(now);
    }
  }
  const shown = arrivals.map(({ group }) => Math.min(sentAt.get(group) ?? Infinity, named.get(group) ?? Infinity));
  expect(Math.max(...shown)).toBeLessThanOrEqual(15_000);
  expect(Math.max(...arrivals.filter((each) => each.critical).map(({ group }) => sentAt.get(group) ?? Infinity))).toBeLessThanOrEqual(60_000);
  expect(events.filter((at) => at <= 60_000).length).toBeLessThanOrEqual(25);
  expect(Math.max(...arrivals.map(({ group }) => sentAt.get(group) ?? Infinity))).toBeLessThanOrEqual(300_000);
});
