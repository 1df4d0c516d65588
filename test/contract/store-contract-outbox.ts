import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import { OutboxFull } from "../../src/store/errors.ts";
import { acting, editOf, found, message, other, queue, seal, send, sendableKeys, start, type StoreBed } from "./store-bed.ts";

const hour = 3_600_000;

export function outboxContract(bed: () => StoreBed): void {
  test("the same key queued again does nothing, not even after it was sent", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const { transactionId } = await found(store, "m");
    await send(store, "m");

    await queue(store, message("m", { content: { body: "again" } }));

    expect(await found(store, "m")).toMatchObject({ state: "sent", content: { body: "m" }, transactionId, eventId: "$sent-m" });
    expect(await sendableKeys(store)).toEqual([]);
  });

  test("an edit of a message that still waits becomes the message, once", async () => {
    const store = await acting(bed());
    await queue(store, message("working", { relation: { kind: "reply", to: { event: parseEventId("$asked") } } }), editOf("working", "done"));
    expect(await sendableKeys(store)).toEqual(["working"]);
    await send(store, "working");

    await queue(store, editOf("working", "done"));

    expect(await sendableKeys(store)).toEqual([]);
    expect(await found(store, "done")).toMatchObject({ key: "working", content: { body: "done" }, relation: { kind: "reply" } });
  });

  test("an edit of a sealed message waits for it, and a newer edit replaces the older", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    await seal(store, "m");
    await queue(store, editOf("m", "first"), editOf("m", "second"));
    expect(await sendableKeys(store)).toEqual(["m"]);

    await store.write(async (tx) => tx.markSent((await found(store, "m")).seq, parseEventId("$sent-m"), start));

    expect(await store.read.sendable(start, 10)).toMatchObject([{ key: "first", content: { body: "second" }, relation: { kind: "edit", of: { key: "m" } } }]);
    await queue(store, editOf("m", "first"), editOf("m", "second"));
    expect(await store.read.outboxDepth()).toMatchObject({ waiting: 1 });
  });

  test("edits of an event that is not ours to queue collapse as well", async () => {
    const store = await acting(bed());
    const edit = (key: string) => message(key, { relation: { kind: "edit", of: { event: parseEventId("$old") } } });

    await queue(store, edit("one"), edit("two"));

    expect(await store.read.sendable(start, 10)).toMatchObject([{ key: "one", content: { body: "two" } }]);
  });

  test("an edit of an edit edits the message, as Matrix wants it", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    await send(store, "m");
    await queue(store, editOf("m", "first"));
    await send(store, "first");

    await queue(store, editOf("first", "second"));

    expect((await found(store, "second")).relation).toEqual({ kind: "edit", of: { key: "m" } });
  });

  test("an edit that comes between reading and sealing is not lost", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const read = await found(store, "m");
    await queue(store, editOf("m", "newer"));

    expect(await store.write((tx) => tx.seal(read.seq, read.content, read.revision))).toBe(false);

    await seal(store, "m");
    expect(await found(store, "m")).toMatchObject({ state: "sealed", content: { body: "newer" } });
  });

  test("what is sealed is sent as it stands: sealing it again is a bug", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const { seq } = await seal(store, "m");

    await expect(store.write((tx) => tx.seal(seq, { body: "other" }))).rejects.toThrow("cannot be sealed");

    expect(await found(store, "m")).toMatchObject({ content: { body: "m" } });
  });

  test("each room gives its most urgent message, and among equals the oldest", async () => {
    const store = await acting(bed());
    await queue(
      store,
      message("rest", { lane: "rest" }),
      message("answer 1"),
      message("answer 2"),
      message("elsewhere", { room: other, lane: "critical" }),
      message("prompt", { lane: "prompt" }),
    );

    expect(await sendableKeys(store)).toEqual(["prompt", "elsewhere"]);
    expect((await store.read.sendable(start, 1)).map((row) => row.key)).toEqual(["prompt"]);
    await send(store, "prompt");
    expect(await sendableKeys(store)).toEqual(["elsewhere", "answer 1"]);
  });

  test("a sealed message holds up its room, even while it must wait: it may be there already", async () => {
    const store = await acting(bed());
    await queue(store, message("m"), message("elsewhere", { room: other }));
    const { seq } = await seal(store, "m");
    await queue(store, message("prompt", { lane: "prompt" }));
    expect(await sendableKeys(store)).toEqual(["m", "elsewhere"]);

    await store.write((tx) => tx.postpone(seq, start + hour));

    expect(await sendableKeys(store)).toEqual(["elsewhere"]);
    expect(await sendableKeys(store, start + hour)).toEqual(["m", "elsewhere"]);
    expect(await found(store, "m")).toMatchObject({ attempts: 1, state: "sealed" });
  });

  test("what hangs on a message waits until that is sent", async () => {
    const store = await acting(bed());
    await queue(
      store,
      message("root"),
      message("detail", { lane: "prompt", relation: { kind: "thread", root: { key: "root" } } }),
      message("later", { lane: "rest" }),
    );
    expect(await sendableKeys(store)).toEqual(["root"]);

    await send(store, "root");

    expect(await sendableKeys(store)).toEqual(["detail"]);
  });

  test("what hangs on a refused message goes with it", async () => {
    const store = await acting(bed());
    await queue(
      store,
      message("root"),
      message("detail", { relation: { kind: "thread", root: { key: "root" } } }),
      message("deeper", { relation: { kind: "reaction", to: { key: "detail" }, emoji: "✅" } }),
      message("other"),
    );
    const { seq } = await found(store, "root");

    await store.write((tx) => tx.markDropped(seq, "M_TOO_LARGE", start));
    await queue(store, editOf("root", "too late"));

    expect(await sendableKeys(store)).toEqual(["other"]);
    expect(await store.read.outboxDepth()).toMatchObject({ waiting: 1 });
    expect(await found(store, "too late")).toMatchObject({ state: "dropped" });
  });

  test("what hangs on a message that is forgotten by now is not lost, and waits for nothing", async () => {
    const store = await acting(bed());

    await queue(store, editOf("forgotten", "resolved"));

    expect(await store.read.sendable(start, 10)).toMatchObject([{ key: "resolved", relation: { kind: "edit", of: { key: "forgotten" } } }]);
  });

  test("more than the limit is refused, but an edit of what waits is no more", async () => {
    const store = await acting(bed(), { outboxLimit: 2 });
    await queue(store, message("a"), message("b"));

    await expect(queue(store, message("c"))).rejects.toThrow(OutboxFull);
    await queue(store, editOf("a", "a2"), message("b"));
    await send(store, "a");
    await queue(store, message("c"));

    expect(await store.read.outboxDepth()).toMatchObject({ waiting: 2 });
  });

  test("retention keeps what waits, and what that hangs on", async () => {
    const store = await acting(bed());
    await queue(store, message("root"), message("old"));
    await send(store, "root");
    await send(store, "old");
    await queue(store, message("detail", { relation: { kind: "thread", root: { key: "root" } } }));

    const removed = await store.write((tx) => tx.prune({ events: start + hour, messages: start + hour, audit: start + hour }));

    expect(removed).toBe(1);
    expect(await store.read.outboxMessage("old")).toBeUndefined();
    expect(await found(store, "root")).toMatchObject({ eventId: "$sent-root" });
    expect(await sendableKeys(store)).toEqual(["detail"]);
  });
}
