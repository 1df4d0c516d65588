import { expect, test } from "vitest";
import { LeaseLost } from "../../src/store/errors.ts";
import { acting, entry, event, ttlMs, type StoreBed } from "./store-bed.ts";

export function leaseContract(bed: () => StoreBed): void {
  test("of instances that ask together exactly one gets the lease", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => bed().open()));

    const generations = await Promise.all(stores.map((store, index) => store.lease.acquire(`instance ${index}`, ttlMs)));

    expect(generations.filter((each) => each !== undefined)).toEqual([1]);
  });

  test("a second instance waits, and takes over when the lease has run out", async () => {
    const first = await acting(bed());
    const second = await bed().open();
    expect(await second.lease.acquire("two", ttlMs)).toBeUndefined();
    expect(await first.lease.renew(ttlMs)).toBe(true);

    await bed().expireLease();

    expect(await second.lease.acquire("two", ttlMs)).toBe(2);
    expect(await first.lease.renew(ttlMs)).toBe(false);
  });

  test("an instance whose lease was taken over can write nothing", async () => {
    const stale = await acting(bed());
    const second = await bed().open();
    await bed().expireLease();
    await second.lease.acquire("two", ttlMs);

    await expect(stale.write((tx) => tx.appendAudit(entry("from the grave")))).rejects.toThrow(LeaseLost);
    await stale.lease.release();

    expect(await second.read.audit({ limit: 10 })).toEqual([]);
    await second.write((tx) => tx.appendAudit(entry("still ours")));
  });

  test("nobody writes without the lease", async () => {
    const store = await bed().open();

    await expect(store.write((tx) => tx.acceptEvents([event("a")]))).rejects.toThrow(LeaseLost);

    expect(await store.read.pendingEvents(10)).toEqual([]);
  });

  test("a released lease is free at once", async () => {
    const first = await acting(bed());
    const second = await bed().open();

    await first.lease.release();

    expect(await second.lease.acquire("two", ttlMs)).toBe(2);
    await expect(first.write((tx) => tx.appendAudit(entry("after release")))).rejects.toThrow(LeaseLost);
  });

  test("who asks again because the reply was lost gets it again, under a new generation", async () => {
    const store = await acting(bed());

    expect(await store.lease.acquire("one", ttlMs)).toBe(2);
    await store.write((tx) => tx.appendAudit(entry("acting")));
  });

  test("a take-over waits for a write that is under way", async () => {
    const first = await acting(bed());
    const second = await bed().open();
    await bed().expireLease();
    let takenOver: Promise<number | undefined> = Promise.resolve(undefined);

    await first.write(async (tx) => {
      await tx.appendAudit(entry("before"));
      takenOver = second.lease.acquire("two", ttlMs);
      await tx.appendAudit(entry("after"));
    });

    expect(await takenOver).toBe(2);
    expect((await second.read.audit({ limit: 10 })).map((row) => row.detail)).toEqual(["before", "after"]);
  });

  test("many writes at once are done one after the other, in the order of asking", async () => {
    const store = await acting(bed());

    await Promise.all(Array.from({ length: 30 }, (_, index) => store.write((tx) => tx.appendAudit(entry(`entry ${index}`)))));

    const rows = await store.read.audit({ limit: 100 });
    expect(rows.map((row) => row.detail)).toEqual(Array.from({ length: 30 }, (_, index) => `entry ${index}`));
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 30 });
  });
}
