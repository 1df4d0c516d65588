import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import type { OutgoingMessage } from "../../src/store/store.ts";
import { acting, editOf, found, message, queue, seal, send, sendableKeys, start, type StoreBed } from "./store-bed.ts";

const inThread = (root: string, key: string): OutgoingMessage => message(key, { relation: { kind: "thread", root: { key: root } } });
const reaction = (to: string, key: string): OutgoingMessage =>
  message(key, { type: "m.reaction", content: {}, relation: { kind: "reaction", to: { key: to }, emoji: "👀" } });

export function withdrawContract(bed: () => StoreBed): void {
  test("a message that waits is taken back with all that hangs on it, and nothing else", async () => {
    const store = await acting(bed());
    await queue(store, message("m"), inThread("m", "line"), reaction("line", "seen"), message("stays"));

    expect(await store.write((tx) => tx.withdraw("m", "it has ended", start))).toBe(true);

    expect(await sendableKeys(store)).toEqual(["stays"]);
    expect(await Promise.all(["m", "line", "seen"].map(async (key) => (await found(store, key)).state))).toEqual(["dropped", "dropped", "dropped"]);
    expect(await store.read.outboxDepth()).toMatchObject({ waiting: 1 });
    await queue(store, inThread("m", "afterwards"), message("m"));
    expect(await sendableKeys(store)).toEqual(["stays"]);
  });

  test("what is sealed, sent, dropped or not known cannot be taken back", async () => {
    const store = await acting(bed());
    await queue(store, message("sent"));
    await send(store, "sent");
    await queue(store, message("dropped"), message("sealed"));
    await store.write((tx) => tx.withdraw("dropped", "once", start));
    await seal(store, "sealed");

    const answers = await store.write(async (tx) => {
      const all: boolean[] = [];
      for (const key of ["sent", "dropped", "sealed", "unknown"]) all.push(await tx.withdraw(key, "again", start));
      return all;
    });

    expect(answers).toEqual([false, false, false, false]);
    expect(await sendableKeys(store)).toEqual(["sealed"]);
  });

  test("an edit that waits is taken back alone; one that became part of its message is not, and leaves it", async () => {
    const store = await acting(bed());
    await queue(store, message("m"), editOf("m", "folded"));
    expect(await store.write((tx) => tx.withdraw("folded", "no", start))).toBe(false);
    await send(store, "m");
    await queue(store, editOf("m", "edit"));

    expect(await store.write((tx) => tx.withdraw("edit", "no", start))).toBe(true);

    expect(await found(store, "m")).toMatchObject({ state: "sent", content: { body: "folded" } });
    expect(await store.read.outboxDepth()).toMatchObject({ waiting: 0 });
  });

  test("messages of their own that wait are found by how their key begins, letter for letter, the oldest first", async () => {
    const store = await acting(bed());
    await queue(store, message("gone/1"));
    await send(store, "gone/1");
    await queue(
      store,
      message("alert/z"),
      message("alert/%/Ä"),
      message("alert_x"),
      message("Alert/a"),
      message("alert/a", { lane: "critical" }),
      inThread("alert/a", "alert/a/log"),
      reaction("alert/a", "alert/a/seen"),
      message("alert/\u{1F514}"),
      message("alert0"),
      message("gone/2"),
    );
    await queue(store, editOf("gone/1", "gone/1/edit"));
    await seal(store, "gone/2");
    const keys = async (prefix: string, limit = 10) => (await store.read.waitingMessages(prefix, limit)).map((row) => row.key);

    expect(await keys("alert/")).toEqual(["alert/z", "alert/%/Ä", "alert/a", "alert/a/log", "alert/\u{1F514}"]);
    expect(await keys("alert/", 2)).toEqual(["alert/z", "alert/%/Ä"]);
    expect(await keys("alert/%")).toEqual(["alert/%/Ä"]);
    expect(await keys("alert_")).toEqual(["alert_x"]);
    expect(await keys("gone/")).toEqual([]);
    expect(await keys("")).toHaveLength(8);
  });

  test("a message of ours is found by the event it became, and within a transaction by its key", async () => {
    const store = await acting(bed());
    await queue(store, message("m"), message("waits"));
    await send(store, "m");

    expect(await store.read.outboxByEvent(parseEventId("$sent-m"))).toMatchObject({ key: "m", state: "sent" });
    expect(await store.read.outboxByEvent(parseEventId("$somebody-else"))).toBeUndefined();
    expect(
      await store.write(async (tx) => {
        await tx.enqueue(editOf("waits", "newer"), start);
        return await tx.readOutbox("newer");
      }),
    ).toMatchObject({ key: "waits", content: { body: "newer" }, revision: 1 });
  });
}
