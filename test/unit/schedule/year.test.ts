import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { silentLog } from "../../../src/observe/log.ts";
import { loadCron } from "../../../src/schedule/cron.ts";
import { graceMs } from "../../../src/schedule/decide.ts";
import { dueBetween } from "../../../src/schedule/due.ts";
import type { Due, Schedule } from "../../../src/schedule/schedule.ts";
import { createScheduler } from "../../../src/schedule/scheduler.ts";
import type { Trouble } from "../../../src/schedule/trouble.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { wakeable } from "../../../src/wakeable.ts";
import { jumpingClock, type JumpingClock } from "../../support/jumping-clock.ts";
import { deaths, Killed, killableStore, type Death } from "../../support/killable-store.ts";
import { must } from "../../support/must.ts";
import { daily, day, hour, minute } from "../../support/scheduled.ts";

/** What happens to the instance that acts, so long after the thing before. */
type Happening = { readonly after: number } & (
  | { readonly kind: "stop" | "take-over"; readonly away: number }
  | { readonly kind: "kill"; readonly away: number; readonly writes: number; readonly death: Death }
  | { readonly kind: "clock"; readonly ahead: number }
);

interface Instance {
  readonly store: Store;
  readonly kill: (writes: number, death: Death) => void;
  readonly drain: AbortController;
  readonly abandon: AbortController;
  readonly ended: Promise<void>;
}

interface Begun extends Due {
  readonly name: string;
  readonly begunAt: number;
}

const read = await loadCron();
/** Thousands of commits, none of which has to survive a power cut. */
const inMemory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** One database, one clock, one instance after the other; two while a lease is taken over. */
function world(start: number, schedules: (clock: JumpingClock, begun: Begun[]) => readonly Schedule[], chance: () => number) {
  const folder = mkdtempSync(join(inMemory, "opsroom-year-"));
  const clock = jumpingClock(start);
  const begun: Begun[] = [];
  const list = schedules(clock, begun);
  let count = 0;

  const open = async (): Promise<Store> => {
    count += 1;
    const store = await openStore({ kind: "sqlite", file: join(folder, "opsroom.db"), outboxLimit: 10, log: silentLog, clock });
    // Run out from the beginning: whoever comes next takes it over, which a keeper of leases would wait for.
    must((await store.lease.acquire(`instance ${count}`, -100 * day)) !== undefined, "the lease is taken");
    return store;
  };
  return {
    clock,
    begun,
    list,
    open,
    begin: async (): Promise<Instance> => {
      const store = await open();
      const { store: killable, killAt } = killableStore(store, async () => undefined);
      const drain = new AbortController();
      const abandon = new AbortController();
      const mortal: Store = {
        ...killable,
        write: async (change) => {
          try {
            return await killable.write(change);
          } catch (error) {
            // Whoever is dead does nothing more, jobs included.
            if (error instanceof Killed) abandon.abort();
            throw error;
          }
        },
      };
      let told = 0;
      const scheduler = createScheduler({
        schedules: () => list,
        store: mortal,
        clock,
        random: chance,
        log: silentLog,
        bell: wakeable(clock),
        onTrouble: async (tx, trouble) => {
          told += 1;
          await tx.saveNote({ kind: "told", name: `${clock.now()} ${count} ${told}`, updatedAt: clock.now(), body: JSON.stringify(trouble) });
        },
        onRan: () => undefined,
        lookEveryMs: 6 * hour,
      });
      return { store, kill: killAt, drain, abandon, ended: scheduler.run(drain.signal, abandon.signal) };
    },
    gone: () => rmSync(folder, { recursive: true }),
  };
}

async function end({ drain, abandon, ended, store }: Instance): Promise<void> {
  drain.abort();
  abandon.abort();
  await ended;
  await store[Symbol.asyncDispose]();
}

interface Life {
  readonly zone: string;
  readonly start: number;
  readonly lasts: number;
  readonly happenings: readonly Happening[];
  readonly repeatable: boolean;
  readonly windowMs: number;
  readonly jitterMs: number;
  readonly chances: readonly number[];
}

/** Lives through it, and looks whether each due time was fired once, told as missed, or skipped. @returns how many were due */
async function live({ zone, start, lasts, happenings, repeatable, windowMs, jitterMs, chances }: Life): Promise<number> {
  let drawn = 0;
  const chance = (): number => chances[drawn++ % chances.length] ?? 0;
  const { clock, begun, list, open, begin, gone } = world(
    start,
    (time, began) =>
      ["30 2 * * *", "0 */6 * * *", "15 8 * * MON", "0 0 L * *"].map((cron) =>
        daily({
          name: cron,
          cron,
          timeZone: zone,
          makeUpWithinMs: windowMs,
          jitterMs,
          deadlineMs: 7 * hour,
          repeatable,
          job: async (due, signal) => {
            began.push({ ...due, name: cron, begunAt: time.now() });
            // Some take no time, some longer than until the next due time.
            const ms = [0, 0, 0, minute, hour, 8 * hour][Math.floor(chance() * 6)] ?? 0;
            if (ms > 0) await time.sleep(ms, signal);
            return { outcome: chance() < 0.9 ? "ok" : "failed", words: "" };
          },
        }),
      ),
    chance,
  );
  try {
    let acting = await begin();
    await clock.advance(0);
    for (const each of happenings) {
      await clock.advance(each.after);
      if (clock.now() > start + lasts) break;
      if (each.kind === "clock") {
        clock.setAhead(each.ahead);
        continue;
      }
      const before = acting;
      if (each.kind === "take-over") {
        acting = await begin();
        // It does not know yet.
        await clock.advance(each.away % (30 * minute));
        await end(before);
        continue;
      }
      if (each.kind === "kill") {
        before.kill(each.writes, each.death);
        await clock.advance(each.away);
      }
      await end(before);
      await clock.advance(each.away);
      acting = await begin();
    }
    clock.setAhead(0);
    await clock.advance(Math.max(0, start + lasts - clock.now()) + 2 * day);
    await end(acting);

    await using store = await open();
    const told = (await store.read.notes("told", 100_000)).map((note): Trouble => JSON.parse(note.body));
    const records = await store.read.schedules();
    let due = 0;
    for (const schedule of list)
      due += account(schedule, { start, now: clock.now(), record: records.find((each) => each.name === schedule.name), begun, told });
    return due;
  } finally {
    gone();
  }
}

interface Books {
  readonly start: number;
  readonly now: number;
  readonly record: Awaited<ReturnType<Store["read"]["schedules"]>>[number] | undefined;
  readonly begun: readonly Begun[];
  readonly told: readonly Trouble[];
}

function account({ name, cron, timeZone, repeatable, makeUpWithinMs, jitterMs }: Schedule, { start, now, record, begun, told }: Books): number {
  const reading = read(cron);
  if (!reading.ok || record === undefined) throw new Error(`${name} was never looked at`);
  const all = dueBetween(reading.times, timeZone, start, record.lastDueAt, 1_000_000);
  expect(dueBetween(reading.times, timeZone, record.lastDueAt, now - jitterMs - minute, 10)).toEqual([]);

  const mine = begun.filter((each) => each.name === name);
  const cutOff = told.filter((each) => each.schedule === name && each.kind === "interrupted").flatMap((each) => each.times);
  const fired = new Set([...mine.map((each) => each.at), ...cutOff]);
  const missed = told.filter((each) => each.schedule === name && each.kind === "missed").flatMap((each) => each.times);
  expect(new Set(missed).size).toBe(missed.length);
  expect(missed.filter((at) => fired.has(at))).toEqual([]);
  expect([...fired, ...missed].filter((at) => !all.includes(at))).toEqual([]);
  expect(record.missed).toBe(missed.length);
  expect(fired.size + missed.length + record.skipped).toBe(all.length);

  for (const at of fired) {
    const times = mine.filter((each) => each.at === at).length;
    const cuts = cutOff.filter((each) => each === at).length;
    // Again only after a kill that was told; and when it may not be repeated, never.
    must(times <= (repeatable === false ? 1 : 1 + cuts), `${name} was begun ${times} times for ${new Date(at).toISOString()}, cut off ${cuts} times`);
  }
  for (const { at, late, begunAt } of mine) must(begunAt - at <= (late ? Math.max(makeUpWithinMs, graceMs) : jitterMs + graceMs), "not begun too late");
  return all.length;
}

const away = fc.integer({ min: 0, max: 5 * day }).chain((most) => fc.integer({ min: 0, max: most }));
const happening = (after: fc.Arbitrary<number>): fc.Arbitrary<Happening> =>
  fc.oneof(
    fc.record({ after, kind: fc.constantFrom("stop" as const, "take-over" as const), away }),
    fc.record({ after, kind: fc.constant("kill" as const), away, writes: fc.integer({ min: 0, max: 3 }), death: fc.constantFrom(...deaths) }),
    fc.record({ after, kind: fc.constant("clock" as const), ahead: fc.integer({ min: -10 * hour, max: 10 * hour }) }),
  );
const rest = {
  repeatable: fc.boolean(),
  windowMs: fc.constantFrom(0, hour, 12 * hour, 3 * day),
  jitterMs: fc.constantFrom(0, 20 * minute),
  chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 30 }),
};
const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Moscow", "UTC"] as const;

test.each(zones)(
  "a year in %s, with restarts, kills, take-overs and clocks that jump: each due time fired once, told as missed, or skipped",
  { timeout: 30_000 },
  async (zone) => {
    const start = Date.UTC(2026, 0, 1);
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...rest, happenings: fc.array(happening(fc.integer({ min: 0, max: 8 * day })), { minLength: 50, maxLength: 70, size: "max" }) }),
        async (life) => {
          expect(await live({ ...life, zone, start, lasts: 365 * day })).toBeGreaterThan(1800);
        },
      ),
      { numRuns: 1 },
    );
  },
);

test.each([
  ["Europe/Berlin", "2026-03-27"],
  ["Europe/Berlin", "2026-10-23"],
  ["America/New_York", "2026-03-06"],
  ["Australia/Lord_Howe", "2026-04-03"],
  ["Australia/Lord_Howe", "2026-10-02"],
] as const)("the days around a change of the clocks in %s, from %s", { timeout: 30_000 }, async (zone, from) => {
  await fc.assert(
    fc.asyncProperty(fc.record({ ...rest, happenings: fc.array(happening(away), { maxLength: 6 }) }), async (life) => {
      expect(await live({ ...life, zone, start: Date.parse(from), lasts: 5 * day })).toBeGreaterThan(20);
    }),
    { numRuns: 5 },
  );
});
