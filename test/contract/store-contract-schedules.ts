import { expect, test } from "vitest";
import { LeaseLost } from "../../src/store/errors.ts";
import type { ScheduleRecord } from "../../src/store/schedule-store.ts";
import { acting, start, ttlMs, type StoreBed } from "./store-bed.ts";

function schedule(name: string, changes: Partial<Omit<ScheduleRecord, "version">> = {}): Omit<ScheduleRecord, "version"> {
  return {
    name,
    plan: "0 9 * * * Europe/Moscow",
    lastDueAt: start,
    dueAt: undefined,
    byHand: false,
    attempts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    outcome: undefined,
    words: "",
    missed: 0,
    skipped: 0,
    ...changes,
  };
}

export function schedulesContract(bed: () => StoreBed): void {
  test("a schedule comes back as it was kept, by name", async () => {
    const store = await acting(bed());
    const daily = schedule("daily", {
      dueAt: start,
      byHand: true,
      attempts: 2,
      startedAt: start + 1,
      finishedAt: start + 2,
      outcome: "interrupted",
      words: "\0 a NUL and half an emoji \ud83d",
      missed: 3,
      skipped: 4,
    });
    await store.write(async (tx) => {
      expect(await tx.saveSchedule(schedule("weekly"), 0)).toBe(true);
      expect(await tx.saveSchedule(daily, 0)).toBe(true);
      expect(await tx.readSchedule("weekly")).toEqual({ ...schedule("weekly"), version: 1 });
      expect(await tx.readSchedule("nobody")).toBeUndefined();
    });

    expect(await store.read.schedules()).toEqual([
      { ...daily, words: "\ufffd a NUL and half an emoji \ufffd", version: 1 },
      { ...schedule("weekly"), version: 1 },
    ]);

    await store.write((tx) => tx.deleteSchedule("daily"));
    expect((await store.read.schedules()).map((each) => each.name)).toEqual(["weekly"]);
  });

  test("only one of two who saw the same version changes it", async () => {
    const store = await acting(bed());
    const save = async (lastDueAt: number, expected: number): Promise<boolean> =>
      await store.write((tx) => tx.saveSchedule(schedule("daily", { lastDueAt }), expected));

    expect(await Promise.all([save(start, 0), save(start + 1, 0)])).toEqual([true, false]);
    expect(await Promise.all([save(start + 2, 1), save(start + 3, 1)])).toEqual([true, false]);
    expect(await save(start + 4, 7)).toBe(false);
    expect(await store.write((tx) => tx.saveSchedule(schedule("unknown"), 1))).toBe(false);

    expect(await store.read.schedules()).toMatchObject([{ lastDueAt: start + 2, version: 2 }]);
  });

  test("a due time is taken by one of two instances: the one whose lease was taken over takes nothing", async () => {
    const first = await acting(bed());
    const second = await bed().open();
    await first.write((tx) => tx.saveSchedule(schedule("daily"), 0));
    await bed().expireLease();
    await second.lease.acquire("two", ttlMs);

    await expect(first.write((tx) => tx.saveSchedule(schedule("daily", { dueAt: start + 1 }), 1))).rejects.toThrow(LeaseLost);
    expect(await second.write((tx) => tx.saveSchedule(schedule("daily", { dueAt: start + 2 }), 1))).toBe(true);

    expect(await first.read.schedules()).toMatchObject([{ dueAt: start + 2, version: 2 }]);
  });

  test("an outcome that does not exist is refused", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.saveSchedule(schedule("daily"), 0));

    await expect(bed().tamper("update schedule set outcome = 'perhaps'")).rejects.toThrow(/constraint/iu);
  });
}
