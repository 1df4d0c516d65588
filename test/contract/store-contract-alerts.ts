import { expect, test } from "vitest";
import type { GroupRecord, PromptRecord, Timer } from "../../src/store/alert-store.ts";
import { acting, ops, other, start, type StoreBed } from "./store-bed.ts";

const hour = 3_600_000;

const group = (id: string, changes: Partial<GroupRecord> = {}): GroupRecord => ({
  id,
  source: "prod",
  status: "firing",
  updatedAt: start,
  body: `{"of":"${id}"}`,
  ...changes,
});

const timer = (key: string, dueAt: number, changes: Partial<Timer> = {}): Timer => ({ key, kind: "escalate", dueAt, body: "{}", ...changes });

function prompt(id: string, changes: Partial<Omit<PromptRecord, "version">> = {}): Omit<PromptRecord, "version"> {
  return { id, room: ops, status: "open", code: `code ${id}`, deadlineAt: start + hour, body: "{}", ...changes };
}

export function alertsContract(bed: () => StoreBed): void {
  test("groups are found by id, by status and by when they were last heard of, the newest first", async () => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      await tx.saveGroup(group("a"));
      await tx.saveGroup(group("b", { updatedAt: start + 2 }));
      await tx.saveGroup(group("c", { status: "resolved", updatedAt: start + 1 }));
      await tx.saveGroup(group("a", { body: `"newer"`, updatedAt: start + 3 }));
      expect(await tx.readGroup("a")).toMatchObject({ body: `"newer"` });
      await tx.saveGroup(group("gone"));
      await tx.deleteGroup("gone");
    });
    const ids = async (filter: Parameters<typeof store.read.groups>[0]) => (await store.read.groups(filter)).map((each) => each.id);

    expect(await store.read.group("c")).toEqual(group("c", { status: "resolved", updatedAt: start + 1 }));
    expect(await store.read.group("gone")).toBeUndefined();
    expect(await ids({ limit: 10 })).toEqual(["a", "b", "c"]);
    expect(await ids({ limit: 1, status: "firing" })).toEqual(["a"]);
    expect(await ids({ limit: 10, notHeardSince: start + 3 })).toEqual(["b", "c"]);
    expect(await ids({ limit: 10, notHeardSince: start + 3, status: "resolved" })).toEqual(["c"]);
    expect([await store.read.countGroups("firing"), await store.read.countGroups("resolved")]).toEqual([2, 1]);
  });

  test("a timer is due when its time has come, the earliest first, and is replaced by the same key", async () => {
    const store = await acting(bed());
    expect(await store.read.nextTimerAt()).toBeUndefined();
    await store.write(async (tx) => {
      await tx.setTimer(timer("late", start + 2));
      await tx.setTimer(timer("early", start + 1));
      await tx.setTimer(timer("moved", start));
      await tx.setTimer(timer("moved", start + hour, { body: `"newer"` }));
      await tx.setTimer(timer("cleared", start));
      await tx.clearTimer("cleared");
    });

    expect(await store.read.nextTimerAt()).toBe(start + 1);
    expect((await store.read.dueTimers(start + 2, 10)).map((each) => each.key)).toEqual(["early", "late"]);
    expect(await store.read.dueTimers(start + 1, 10)).toEqual([{ ...timer("early", start + 1), attempts: 0 }]);
    expect(await store.read.dueTimers(start + 2 * hour, 1)).toHaveLength(1);
    expect((await store.read.dueTimers(start + hour, 10)).at(-1)).toEqual({ ...timer("moved", start + hour, { body: `"newer"` }), attempts: 0 });
  });

  test("a postponed timer counts its attempts, and begins anew when it is set anew", async () => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      await tx.setTimer(timer("t", start));
      await tx.postponeTimer("t", start + 1);
      await tx.postponeTimer("t", start + 2);
      await tx.postponeTimer("not there", start);
    });
    expect(await store.read.dueTimers(start + 2, 10)).toEqual([{ ...timer("t", start + 2), attempts: 2 }]);

    await store.write((tx) => tx.setTimer(timer("t", start)));

    expect(await store.read.dueTimers(start + 2, 10)).toMatchObject([{ attempts: 0 }]);
  });

  test("a timer is cleared only together with what it did", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.setTimer(timer("t", start)));

    const failing = store.write(async (tx) => {
      await tx.saveGroup(group("a"));
      await tx.clearTimer("t");
      throw new Error("in the middle");
    });

    await expect(failing).rejects.toThrow("in the middle");
    expect(await store.read.dueTimers(start, 10)).toHaveLength(1);
    expect(await store.read.group("a")).toBeUndefined();
  });

  test("of two that change the same prompt from the same version one is told that it came too late", async () => {
    const store = await acting(bed());
    const save = async (changes: Partial<PromptRecord>, expected: number) => await store.write((tx) => tx.savePrompt(prompt("p", changes), expected));

    expect(await save({}, 1)).toBe(false);
    expect(await Promise.all([save({}, 0), save({ body: `"again"` }, 0)])).toEqual([true, false]);
    expect(await Promise.all([save({ status: "answered" }, 1), save({ status: "expired" }, 1)])).toEqual([true, false]);

    expect(await store.read.prompt("p")).toEqual({ ...prompt("p", { status: "answered" }), version: 2 });
    expect(await store.write((tx) => tx.readPrompt("p"))).toMatchObject({ version: 2 });
  });

  test("an open prompt is found by what is typed to answer it; its code is free again when it is over", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.savePrompt(prompt("p", { code: "k7qd" }), 0));
    await expect(store.write((tx) => tx.savePrompt(prompt("q", { code: "k7qd" }), 0))).rejects.toThrow(/unique/iu);
    expect(await store.read.promptByCode("k7qd")).toMatchObject({ id: "p" });
    expect(await store.read.promptByCode("what \0 is typed")).toBeUndefined();

    await store.write(async (tx) => {
      await tx.savePrompt(prompt("p", { code: "k7qd", status: "withdrawn" }), 1);
      await tx.savePrompt(prompt("q", { code: "k7qd", room: other }), 0);
      await tx.savePrompt(prompt("soon", { deadlineAt: start + 1 }), 0);
    });

    expect(await store.read.promptByCode("k7qd")).toMatchObject({ id: "q", room: other });
    expect((await store.read.openPrompts(10)).map((each) => each.id)).toEqual(["soon", "q"]);
    expect(await store.read.openPrompts(1)).toHaveLength(1);
  });

  test("notes are found by kind and name, and a kind's newest come first", async () => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      await tx.saveNote({ kind: "silence", name: "one", updatedAt: start, body: "1" });
      await tx.saveNote({ kind: "silence", name: "two \0", updatedAt: start + 1, body: "2" });
      await tx.saveNote({ kind: "heartbeat", name: "one", updatedAt: start + 2, body: "3" });
      await tx.saveNote({ kind: "silence", name: "one", updatedAt: start + 2, body: "4" });
      expect(await tx.readNote("silence", "one")).toMatchObject({ body: "4" });
    });

    expect((await store.read.notes("silence", 10)).map((each) => each.body)).toEqual(["4", "2"]);
    expect(await store.read.notes("silence", 1)).toHaveLength(1);
    expect(await store.read.note("silence", "two \0")).toMatchObject({ body: "2" });
    await store.write((tx) => tx.deleteNote("silence", "one"));
    expect(await store.read.note("silence", "one")).toBeUndefined();
    expect(await store.read.note("heartbeat", "one")).toEqual({ kind: "heartbeat", name: "one", updatedAt: start + 2, body: "3" });
  });

  test("messages are counted for each room", async () => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      await tx.countMessages(ops, 3);
      await tx.countMessages(ops, 4);
    });

    expect([await store.read.messagesIn(ops), await store.read.messagesIn(other)]).toEqual([7, 0]);
  });

  test("pruning takes groups that ended and prompts that are over, and neither what fires nor what is open", async () => {
    const store = await acting(bed());
    await store.write(async (tx) => {
      await tx.saveGroup(group("fires"));
      await tx.saveGroup(group("ended", { status: "resolved" }));
      await tx.saveGroup(group("ended later", { status: "resolved", updatedAt: start + hour }));
      await tx.savePrompt(prompt("open", { deadlineAt: start }), 0);
      await tx.savePrompt(prompt("over", { deadlineAt: start, status: "used" }), 0);
      await tx.savePrompt(prompt("over later", { status: "expired" }), 0);
    });

    const removed = await store.write((tx) => tx.prune({ events: 0, messages: start + hour, audit: start + hour, deliveries: 0 }));

    expect(removed).toBe(2);
    expect((await store.read.groups({ limit: 10 })).map((each) => each.id)).toEqual(["ended later", "fires"]);
    const prompts = await Promise.all(["open", "over", "over later"].map(async (id) => (await store.read.prompt(id))?.id));
    expect(prompts).toEqual(["open", undefined, "over later"]);
  });
}
