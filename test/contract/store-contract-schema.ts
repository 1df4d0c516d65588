import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import { foundation } from "../../src/store/migrations/0001-foundation.ts";
import { acting, editOf, entry, found, queue, rejection, rooms, sendableKeys, start, type StoreBed } from "./store-bed.ts";

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

  test("a database of the first version keeps its rows, and what they were written for goes on", async () => {
    await bed().tamper(...firstVersion(bed().location));

    const store = await acting(bed());

    expect(await store.read.pendingEvents(10)).toMatchObject([{ eventId: "$asked", content: { body: "!status" } }]);
    expect(await sendableKeys(store)).toEqual(["waits"]);
    expect(await store.read.outboxByEvent(parseEventId("$answer"))).toMatchObject({ key: "sent" });
    expect((await store.read.waitingMessages("wait", 10)).map((row) => row.key)).toEqual(["waits"]);
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 0 });
    await queue(store, editOf("sent", "edit"));
    expect(await found(store, "edit")).toMatchObject({ relation: { kind: "edit", of: { key: "sent" } } });
    await store.acceptDeliveries([{ key: "k", sender: "s", group: "g", receivedAt: start, body: "{}" }], { copyWindowMs: 1, limit: 1 });
    expect(await store.read.deliveryDepth()).toMatchObject({ waiting: 1 });
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

/** As the first release made and used it. */
function firstVersion({ kind, schema }: StoreBed["location"]): readonly string[] {
  const postgres = kind === "postgres";
  const outbox = "insert into outbox (key, room, lane, type, content, state, transaction_id, event_id, not_before, created_at, ended_at)";
  return [
    ...(postgres ? [`create schema "${schema}"`] : []),
    ...foundation.statements(postgres ? "postgres" : "sqlite"),
    `create table schema_version (version ${postgres ? "bigint" : "integer"} primary key, name text not null, applied_at ${postgres ? "bigint" : "integer"} not null)`,
    "insert into schema_version (version, name, applied_at) values (1, 'foundation', 0)",
    `insert into inbox (event_id, room, sender, type, sent_at, content, late)
      values ('$asked', '!ops:example.org', '@nadia:example.org', 'm.room.message', 0, '{"body":"!status"}', 0)`,
    `${outbox} values ('sent', '!ops:example.org', 2, 'm.room.message', '{}', 'sent', 'txn1', '$answer', 0, 0, 0)`,
    `${outbox} values ('waits', '!ops:example.org', 2, 'm.room.message', '{}', 'waiting', 'txn2', null, 0, 0, null)`,
    "insert into outbox_key (key, seq) select key, seq from outbox",
  ];
}
