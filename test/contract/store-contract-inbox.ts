import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import { acting, entry, event, found, message, nadia, other, queue, start, type StoreBed } from "./store-bed.ts";

export function inboxContract(bed: () => StoreBed): void {
  test("an event is accepted once, however often the homeserver sends it", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.acceptEvents([event("a"), event("b")]));

    const fresh = await store.write((tx) => tx.acceptEvents([event("c"), event("b"), event("c"), event("a")]));

    expect(fresh).toEqual(["$c"]);
    expect((await store.read.pendingEvents(10)).map((each) => each.eventId)).toEqual(["$a", "$b", "$c"]);
  });

  test("events come back as they came, also with odd text and times far away", async () => {
    const store = await acting(bed());
    const odd = event("odd", {
      room: other,
      sentAt: 9_007_199_254_740_000,
      late: true,
      content: { body: "NUL \0, half 🔴\ud83d, and \u2028", n: [1.5, null] },
    });

    await store.write((tx) => tx.acceptEvents([odd]));

    expect(await store.read.pendingEvents(10)).toEqual([{ ...odd, seq: 1, attempts: 0 }]);
  });

  test("hundreds of events keep their order and are read page by page", async () => {
    const store = await acting(bed());
    const events = Array.from({ length: 450 }, (_, index) => event(`e${index}`));
    await store.write((tx) => tx.acceptEvents(events));

    const first = await store.read.pendingEvents(400);
    const rest = await store.read.pendingEvents(400, first.at(-1)?.seq);

    expect([...first, ...rest].map((each) => each.eventId)).toEqual(events.map((each) => each.eventId));
    expect(await store.read.knownEvents([...events.map((each) => each.eventId), parseEventId("$new")])).toEqual(new Set(events.map((each) => each.eventId)));
  });

  test("a finished event is pending no more but stays known until its retention is over", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.acceptEvents([event("done", { sentAt: 0 }), event("begun", { sentAt: 0 })]));
    await store.write(async (tx) => {
      await tx.beginEvent(event("begun").eventId);
      await tx.finishEvent(event("done").eventId);
    });
    const ids = [event("done").eventId, event("begun").eventId];

    await store.write((tx) => tx.prune({ events: start, messages: start, audit: start }));
    expect(await store.read.pendingEvents(10)).toMatchObject([{ eventId: "$begun", attempts: 1 }]);
    expect(await store.read.knownEvents(ids)).toEqual(new Set(ids));

    const removed = await store.write((tx) => tx.prune({ events: start + 1, messages: start, audit: start }));
    expect(removed).toBe(1);
    expect(await store.read.knownEvents(ids)).toEqual(new Set(["$begun"]));
  });

  test("the sync position is saved with the events it stands behind, or not at all", async () => {
    const store = await acting(bed());
    const position = { account: nadia, homeserver: "https://matrix.example.org", token: "s1" };
    await store.write((tx) => tx.saveSyncPosition(position));

    const failing = store.write(async (tx) => {
      await tx.acceptEvents([event("a")]);
      await tx.enqueue(message("m"), start);
      await tx.appendAudit(entry("never"));
      await tx.saveSyncPosition({ ...position, token: "s2" });
      throw new Error("a bug in the middle");
    });

    await expect(failing).rejects.toThrow("a bug in the middle");
    expect(await store.read.syncPosition()).toEqual(position);
    expect(await store.read.pendingEvents(10)).toEqual([]);
    expect(await store.read.outboxDepth()).toEqual({ waiting: 0, oldestAt: undefined });
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 0 });
    await queue(store, message("after"));
    expect(await store.read.outboxDepth()).toEqual({ waiting: 1, oldestAt: start });
  });

  test("an error within a write that somebody swallows still undoes all of it", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const { seq } = await found(store, "m");

    const failing = store.write(async (tx) => {
      await tx.acceptEvents([event("a")]);
      await tx.postpone(seq, Number.NaN).catch(() => undefined);
    });

    await expect(failing).rejects.toThrow(/not null|invalid input/iu);
    expect(await store.read.pendingEvents(10)).toEqual([]);
  });

  test("reading within a write sees what was committed before it, and does not wait for it", async () => {
    const store = await acting(bed());

    const seen = await store.write(async (tx) => {
      await tx.acceptEvents([event("a")]);
      return await store.read.pendingEvents(10);
    });

    expect(seen).toEqual([]);
    expect(await store.read.pendingEvents(10)).toHaveLength(1);
  });
}
