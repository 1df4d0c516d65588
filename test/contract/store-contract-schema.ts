import { expect, test } from "vitest";
import { acting, entry, rejection, rooms, type StoreBed } from "./store-bed.ts";

export function schemaContract(bed: () => StoreBed): void {
  test("instances that start together on an empty database all find it ready", async () => {
    const stores = await Promise.all([1, 2, 3, 4].map(() => bed().open()));

    const health = await Promise.all(stores.map((store) => store.healthy()));

    expect(health).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
  });

  test("a database of a newer Opsroom is refused, and says which versions", async () => {
    await bed().open();
    await bed().tamper("insert into schema_version (version, name, applied_at) values (999, 'from the future', 0)");

    const error = await rejection(bed().open());

    expect(error).toMatchObject({ code: "OPSROOM_STORE_NEWER", kind: "stalled" });
    expect(error.message).toContain("999");
  });

  test("what is written is there after opening again", async () => {
    const before = await acting(bed());
    await before.write((tx) => tx.appendAudit(entry("kept")));
    await before[Symbol.asyncDispose]();

    const after = await bed().open();

    expect(await after.read.audit({ limit: 10 })).toMatchObject([{ seq: 1, detail: "kept" }]);
  });

  test("a room that was replaced twice leads to the last one, and a circle of tombstones to an end", async () => {
    const store = await acting(bed());
    const [first, second, third] = rooms(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("three rooms were asked for");
    await store.write(async (tx) => {
      await tx.saveSuccessor(first, second);
      await tx.saveSuccessor(second, third);
    });

    expect(await store.read.successorOf(first)).toBe(third);
    expect(await store.read.successorOf(third)).toBeUndefined();

    await store.write((tx) => tx.saveSuccessor(third, first));
    expect(await store.read.successorOf(first)).toBe(third);
  });
}
