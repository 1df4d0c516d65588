import { expect, test } from "vitest";
import { silentLog } from "../../../src/observe/log.ts";
import { actUnderLease, type Until } from "../../../src/process/lease-keeper.ts";
import type { Lease } from "../../../src/store/store.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** A lease two keepers compete for, by the clock they share. */
function leaseFor(clock: { readonly now: () => number }, row: { owner: string | undefined; until: number; generation: number }, me: string): Lease {
  let generation = 0;
  const mine = (): boolean => row.owner === me && row.generation === generation && row.until > clock.now();
  return {
    acquire: async (_owner, ttlMs) => {
      if (row.owner !== undefined && row.until > clock.now() && row.owner !== me) return undefined;
      row.owner = me;
      row.until = clock.now() + ttlMs;
      generation = row.generation += 1;
      return generation;
    },
    renew: async (ttlMs) => {
      if (!mine()) return false;
      row.until = clock.now() + ttlMs;
      return true;
    },
    release: async () => {
      if (mine()) row.owner = undefined;
    },
  };
}

const untilEnd = async ({ drain, lost }: Until): Promise<void> => {
  const signal = AbortSignal.any([drain, lost]);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

test("a second instance waits, and acts within 30 s after the first was killed", async () => {
  const clock = manualClock();
  const row = { owner: "killed", until: clock.now() + 15_000, generation: 1 };
  const states: string[] = [];
  const stop = new AbortController();
  let actedAt = 0;
  const start = clock.now();
  const done = actUnderLease(
    { lease: leaseFor(clock, row, "second"), owner: "second", clock, log: silentLog, onState: (state) => states.push(state) },
    async (until) => {
      actedAt = clock.now();
      await untilEnd(until);
    },
    stop.signal,
  );

  await clock.advance(30_000);
  stop.abort();
  await done;

  expect(states[0]).toBe("waiting");
  expect(actedAt - start).toBeLessThanOrEqual(17_000);
  expect(row.owner).toBeUndefined();
});

test("an instance whose lease was taken over stops acting", async () => {
  const clock = manualClock();
  const row: Parameters<typeof leaseFor>[1] = { owner: undefined, until: 0, generation: 0 };
  const stop = new AbortController();
  let ended = 0;
  const done = actUnderLease(
    { lease: leaseFor(clock, row, "first"), owner: "first", clock, log: silentLog, onState: () => undefined },
    async (until) => {
      await untilEnd(until);
      ended += 1;
    },
    stop.signal,
  );

  await clock.advance(1000);
  row.owner = "second";
  row.until = clock.now() + 3_600_000;
  row.generation += 1;
  await clock.advance(6000);

  expect(ended).toBe(1);
  stop.abort();
  await done;
});
