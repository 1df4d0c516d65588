import { expect, test } from "vitest";
import { parseUserId } from "../../src/ids.ts";
import type { Store } from "../../src/store/store.ts";
import { acting, entry, nadia, start, type StoreBed } from "./store-bed.ts";

const minute = 60_000;

export function auditContract(bed: () => StoreBed): void {
  const withRows = async (count: number): Promise<Store> => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      for (let index = 1; index <= count; index += 1) await tx.appendAudit(entry(`entry ${index}`, { at: start + index * minute }));
    });
    return store;
  };

  test("rows are found by person, subject and time; of many the newest, oldest first", async () => {
    const store = await withRows(3);
    const tomas = parseUserId("@tomas:example.org");
    await store.write((tx) => tx.appendAudit(entry("his", { actor: tomas, subject: "help", at: start + hour })));

    const details = async (filter: Partial<Parameters<Store["read"]["audit"]>[0]>) =>
      (await store.read.audit({ limit: 10, ...filter })).map((row) => row.detail);

    expect(await details({})).toEqual(["entry 1", "entry 2", "entry 3", "his"]);
    expect(await details({ limit: 2 })).toEqual(["entry 3", "his"]);
    expect(await details({ actor: nadia, limit: 2 })).toEqual(["entry 2", "entry 3"]);
    expect(await details({ subject: "help" })).toEqual(["his"]);
    expect(await details({ since: start + 3 * minute })).toEqual(["entry 3", "his"]);
  });

  test("a whole log verifies, also with text that a database cannot keep as it is", async () => {
    const store = await withRows(600);
    await store.write((tx) => tx.appendAudit(entry("cut in the middle of 🔴".slice(0, -1), { subject: "NUL\0", action: "\u2028", room: undefined })));

    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 601 });
    expect((await store.read.audit({ limit: 1 }))[0]).toMatchObject({ detail: "cut in the middle of \uFFFD", subject: "NUL\uFFFD", room: undefined });
  });

  test("the database itself refuses to change or remove a row", async () => {
    const store = await withRows(3);

    await expect(bed().tamper("update audit set detail = 'nothing' where seq = 2")).rejects.toThrow("append-only");
    await expect(bed().tamper("delete from audit where seq = 1")).rejects.toThrow("append-only");

    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 3 });
  });

  test.each([
    ["changed", 2, "update audit set detail = 'nothing' where seq = 2"],
    ["changed with whom it was for", 3, "update audit set actor = '@tomas:example.org' where seq = 3"],
    ["removed in the middle", 2, "delete from audit where seq = 2"],
    ["removed at the beginning", 1, "delete from audit where seq = 1"],
    ["removed at the end", 5, "delete from audit where seq = 5"],
    ["put in another place", 2, "update audit set seq = 99 where seq = 2; update audit set seq = 2 where seq = 3; update audit set seq = 3 where seq = 99"],
  ])("a row that was %s is found", async (_, seq, tampering) => {
    const store = await withRows(5);

    await bed().tamper("unguard", ...tampering.split("; "));

    expect(await store.read.verifyAudit()).toMatchObject({ ok: false, seq });
  });

  test("pruning takes the oldest and leaves a log that verifies and goes on", async () => {
    const store = await withRows(5);

    const removed = await store.write((tx) => tx.prune({ events: 0, messages: 0, audit: start + 3 * minute }));
    await store.write((tx) => tx.appendAudit(entry("after")));

    expect(removed).toBe(2);
    expect((await store.read.audit({ limit: 10 })).map((row) => row.seq)).toEqual([3, 4, 5, 6]);
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 4 });
    await expect(bed().tamper("delete from audit where seq = 3")).rejects.toThrow("append-only");
  });

  test("a log that was pruned to its end goes on where it was", async () => {
    const store = await withRows(2);

    await store.write((tx) => tx.prune({ events: 0, messages: 0, audit: start + hour }));
    await store.write((tx) => tx.appendAudit(entry("after")));

    expect(await store.read.audit({ limit: 10 })).toMatchObject([{ seq: 3, detail: "after" }]);
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 1 });
  });
}

const hour = 60 * minute;
