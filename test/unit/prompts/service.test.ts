import { expect, test } from "vitest";
import { dispatch, type DispatchNeeds } from "../../../src/chat/dispatch.ts";
import { strangerBudget } from "../../../src/chat/strangers.ts";
import { parseEventId, parseRoomId, parseUserId, type EventId, type UserId } from "../../../src/ids.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import type { Question } from "../../../src/prompts/prompt.ts";
import { createPrompts, type Prompts } from "../../../src/prompts/service.ts";
import type { InboxEvent, Store } from "../../../src/store/store.ts";
import { nothingEncrypted } from "../../support/clear-rooms.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { reopenableStore } from "../../support/temp-store.ts";

const room = parseRoomId("!ops:a");
const nadia = parseUserId("@nadia:a");
const oleg = parseUserId("@oleg:a");
const eye = parseUserId("@eye:a");
const mallory = parseUserId("@mallory:a");
const start = Date.UTC(2026, 5, 12, 12);
const minute = 60_000;

const rooms = () =>
  new Map([
    [
      room,
      {
        name: "ops",
        operators: new Map([
          [nadia, "operator"],
          [oleg, "operator"],
          [eye, "viewer"],
        ] as const),
      },
    ],
  ]);

const question: Question = {
  id: "move/roglog",
  kind: "move",
  room,
  lines: [{ text: "Move roglog?" }],
  choices: [
    { name: "yes", emoji: "✅", label: "move it", yes: true },
    { name: "no", emoji: "❌", label: "leave it", yes: false },
  ],
  people: [nadia, oleg, eye],
  needed: 1,
  notBy: undefined,
  free: false,
  deadlineAt: start + 10 * minute,
  thread: undefined,
  payload: { homeserver: "roglog" },
};

interface Scene {
  readonly clock: ManualClock;
  readonly store: () => Store;
  readonly prompts: () => Prompts;
  readonly react: (by: UserId, emoji: string, event?: EventId, key?: string) => Promise<EventId>;
  readonly redact: (by: UserId, what: EventId) => Promise<void>;
  /** A kill and a start: everything that is not in the store is gone. */
  readonly restart: () => Promise<void>;
  readonly timers: () => Promise<readonly string[]>;
  /** Every code is the same from here on, where it is free. */
  readonly sameCodes: () => void;
  /** Everything that waits to be sent: its key and text. */
  readonly waiting: () => Promise<readonly string[]>;
}

async function scene(): Promise<Scene> {
  const clock = manualClock(start);
  const { store: first, reopen } = await reopenableStore(clock);
  let store = first;
  let luck: number | undefined;
  let prompts = make(store, clock, () => luck ?? Math.random());
  let count = 0;
  const handle = async (event: Partial<InboxEvent> & Pick<InboxEvent, "sender" | "type" | "content">): Promise<EventId> => {
    const eventId = event.eventId ?? parseEventId(`$event${(count += 1)}`);
    await store.write((tx) => tx.acceptEvents([{ room, sentAt: clock.now(), late: false, ...event, eventId }]));
    for (const pending of await store.read.pendingEvents(10)) await dispatch(pending, needsFor(store, clock, prompts), new AbortController().signal);
    return eventId;
  };
  return {
    clock,
    store: () => store,
    prompts: () => prompts,
    react: async (by, emoji, eventId, key = "prompt/move/roglog") => {
      const target = (await store.read.outboxMessage(key))?.eventId ?? parseEventId("$unknown");
      const content = { "m.relates_to": { rel_type: "m.annotation", event_id: target, key: emoji } };
      return handle({ sender: by, type: "m.reaction", content, ...(eventId === undefined ? {} : { eventId }) });
    },
    redact: async (by, what) => {
      await handle({ sender: by, type: "m.room.redaction", content: { redacts: what } });
    },
    restart: async () => {
      store = await reopen();
      prompts = make(store, clock, () => luck ?? Math.random());
    },
    sameCodes: () => {
      luck = 0;
    },
    waiting: async () => {
      const rows = await store.read.sendable(Number.MAX_SAFE_INTEGER, 100);
      return rows.map(({ key, content }) => `${key}: ${typeof content["body"] === "string" ? content["body"] : ""}`);
    },
    timers: async () => (await store.read.dueTimers(clock.now() + 1e9, 100)).map((each) => each.key).toSorted(),
  };
}

function make(store: Store, clock: ManualClock, random: () => number): Prompts {
  return createPrompts({
    store,
    account: parseUserId("@opsroom:a"),
    view: () => ({ now: clock.now(), timeZone: "UTC" }),
    random,
    roleOf: (where, user) => rooms().get(where)?.operators.get(user),
    wakeSender: () => undefined,
    wakeTimers: () => undefined,
  });
}

function needsFor(store: Store, clock: ManualClock, prompts: Prompts): DispatchNeeds {
  return {
    ...nothingEncrypted,
    store,
    clock,
    log: silentLog,
    metrics: createMetrics(clock.now),
    rooms,
    commands: () => new Map(),
    takers: [prompts.taker],
    strangers: strangerBudget(),
    maxAgeMs: () => 10 * minute,
    timeZone: () => "UTC",
    showTyping: async () => undefined,
    showAttention: async () => undefined,
    wakeSender: () => undefined,
  };
}

async function ask(at: Scene, given: Partial<Question> = {}): Promise<void> {
  await at.store().write((tx) => at.prompts().ask(tx, { ...question, ...given }));
  const [row] = await at.store().read.sendable(at.clock.now(), 1);
  if (row === undefined) return;
  await at.store().write(async (tx) => {
    await tx.seal(row.seq, row.content);
    await tx.markSent(row.seq, parseEventId("$question"), at.clock.now());
  });
}

test("a reaction of somebody who was asked answers, once, and hands the answer on", async () => {
  const at = await scene();
  await ask(at);
  await at.react(mallory, "✅");
  await at.react(eye, "✅");
  expect((await at.prompts().read(question.id))?.status).toBe("open");
  await at.react(nadia, "✅️");
  await at.react(oleg, "❌");
  expect(await at.prompts().read(question.id)).toMatchObject({ status: "answered", answer: { choice: "yes", by: [nadia] } });
  expect(await at.timers()).toEqual(["answered/move/roglog"]);
  expect(await at.store().read.audit({ limit: 10 })).toMatchObject([{ actor: nadia, action: "answer", subject: "move", outcome: "ok" }]);
  const used = await at.store().write((tx) => at.prompts().take(tx, question.id));
  expect(used?.payload).toEqual({ homeserver: "roglog" });
  expect(await at.store().write((tx) => at.prompts().take(tx, question.id))).toBeUndefined();
});

test("asked again, also after a restart, it is the same question and the same code", async () => {
  const at = await scene();
  await ask(at);
  const before = await at.prompts().read(question.id);
  await at.restart();
  await ask(at);
  expect((await at.prompts().read(question.id))?.code).toBe(before?.code);
});

test("a code that is typed answers; in another room, wrong, or by somebody else it does not", async () => {
  const at = await scene();
  await ask(at);
  const code = (await at.prompts().read(question.id))?.code ?? "";
  const typed = (by: UserId, given = code, where = room) =>
    at.prompts().typed({ code: given, word: undefined, by, room: where, event: parseEventId(`$typed${by}${given}`) });
  expect(await typed(nadia, "AAAA")).toEqual({ kind: "unknown" });
  expect(await typed(nadia, code, parseRoomId("!other:a"))).toEqual({ kind: "unknown" });
  expect(await typed(mallory)).toEqual({ kind: "not-you" });
  expect(await typed(oleg)).toMatchObject({ kind: "answered", prompt: { answer: { by: [oleg] } } });
  expect(await typed(nadia)).toEqual({ kind: "unknown" });
});

test("nobody in time is no", async () => {
  const at = await scene();
  await ask(at);
  await at.clock.advance(10 * minute);
  const [timer] = await at.store().read.dueTimers(at.clock.now(), 10);
  if (timer === undefined) throw new Error("no deadline was set");
  await at.prompts().onDeadline(timer);
  expect((await at.prompts().read(question.id))?.status).toBe("expired");
  expect(await at.timers()).toEqual([]);
});

test("reactions that nobody heard are read back, and those taken back meanwhile are gone", async () => {
  const at = await scene();
  await ask(at, { needed: 2 });
  await at.react(nadia, "✅", parseEventId("$mine"));
  await at.restart();
  await at.prompts().catchUp(async () => [{ event: parseEventId("$olegs"), by: oleg, emoji: "✅️", at: start }]);
  expect(await at.prompts().read(question.id)).toMatchObject({ status: "open", votes: [{ by: oleg }] });
  await at.redact(oleg, parseEventId("$olegs"));
  expect((await at.prompts().read(question.id))?.votes).toEqual([]);
});

test("a question that was redacted is withdrawn, and a reaction of another room or to another message is nothing", async () => {
  const at = await scene();
  await ask(at);
  await at.react(nadia, "✅", undefined, "prompt/unknown");
  expect((await at.prompts().read(question.id))?.status).toBe("open");
  await at.redact(oleg, parseEventId("$question"));
  expect((await at.prompts().read(question.id))?.status).toBe("withdrawn");
});

const typedBy = (by: UserId, code: string, word: string | undefined, event: string) => ({ code, word, by, room, event: parseEventId(event) });

test("the same message, handled again after a kill, answers what it answered then, and not another question that got its code", async () => {
  const at = await scene();
  at.sameCodes();
  await ask(at);
  const code = (await at.prompts().read(question.id))?.code ?? "";
  await at.prompts().typed(typedBy(nadia, code, undefined, "$first"));
  await ask(at, { id: "move/uretra" });
  expect((await at.prompts().read("move/uretra"))?.code).toBe(code);
  await at.restart();
  expect(await at.prompts().typed(typedBy(nadia, code, undefined, "$first"))).toMatchObject({ kind: "answered", prompt: { id: question.id } });
  expect((await at.prompts().read("move/uretra"))?.status).toBe("open");
  expect(await at.timers()).toContain("deadline/move/uretra");
});

test("a typed answer stays when reactions are read back; its message taken away, it goes", async () => {
  const at = await scene();
  await ask(at, { needed: 2 });
  const code = (await at.prompts().read(question.id))?.code ?? "";
  await at.prompts().typed(typedBy(nadia, code, "yes", "$typed"));
  await at.prompts().catchUp(async () => []);
  expect((await at.prompts().read(question.id))?.votes).toMatchObject([{ by: nadia, typed: true }]);
  await at.redact(nadia, parseEventId("$typed"));
  expect((await at.prompts().read(question.id))?.votes).toEqual([]);
  expect(await at.prompts().typed(typedBy(nadia, code, "yes", "$typed"))).toEqual({ kind: "taken-back" });
});

test("a word that refuses is a no, also where anything may be typed", async () => {
  const at = await scene();
  await ask(at, { free: true });
  const code = (await at.prompts().read(question.id))?.code ?? "";
  expect(await at.prompts().typed(typedBy(nadia, code, undefined, "$a"))).toMatchObject({ kind: "which" });
  expect(await at.prompts().typed(typedBy(nadia, code, "Cancel", "$b"))).toMatchObject({ kind: "answered", prompt: { answer: { yes: false, choice: "no" } } });
});

test("typed too late, it is over, although nobody had looked at the deadline yet", async () => {
  const at = await scene();
  await ask(at);
  const code = (await at.prompts().read(question.id))?.code ?? "";
  await at.clock.advance(10 * minute);
  expect(await at.prompts().typed(typedBy(nadia, code, "yes", "$late"))).toMatchObject({ kind: "over", prompt: { status: "expired" } });
  expect(await at.timers()).toEqual([]);
});

test("read back together, a no is heard before a yes, and our own reaction is no vote", async () => {
  const at = await scene();
  await ask(at);
  const reaction = (by: UserId, emoji: string, event: string, when: number) => ({ by, emoji, event: parseEventId(event), at: when });
  await at.prompts().catchUp(async () => [reaction(parseUserId("@opsroom:a"), "❌", "$ours", start)]);
  expect((await at.prompts().read(question.id))?.status).toBe("open");
  await at.prompts().catchUp(async () => [reaction(oleg, "❌", "$no", start + 2), reaction(nadia, "✅", "$yes", start + 1)]);
  expect((await at.prompts().read(question.id))?.answer).toMatchObject({ yes: false, by: [oleg] });
});

test("a vote that came while reactions were read back is kept, and so is that one was taken back meanwhile", async () => {
  const at = await scene();
  await ask(at, { needed: 2 });
  const before = await at.react(oleg, "✅");
  await at.prompts().catchUp(async () => {
    await at.redact(oleg, before);
    await at.react(nadia, "✅", parseEventId("$meanwhile"));
    return [{ event: before, by: oleg, emoji: "✅", at: start }];
  });
  expect((await at.prompts().read(question.id))?.votes).toMatchObject([{ by: nadia }]);
});

test("one question whose reactions cannot be read does not keep the others from being read back", async () => {
  const at = await scene();
  await ask(at, { id: "first", deadlineAt: start + minute });
  const [record] = await at.store().read.openPrompts(1);
  await at.store().write((tx) => tx.savePrompt({ id: "broken", room, status: "open", code: "XXXX", deadlineAt: start + 1, body: "{}" }, 0));
  await expect(at.prompts().catchUp(async () => [{ event: parseEventId("$yes"), by: nadia, emoji: "✅", at: start }])).rejects.toThrow("1 open questions");
  expect((await at.prompts().read(record?.id ?? ""))?.status).toBe("answered");
});

test("an answer that was not acted on for an hour lets nothing happen, and its message says so", async () => {
  const at = await scene();
  await ask(at);
  await at.react(nadia, "✅");
  await at.clock.advance(60 * minute);
  await at.restart();
  expect(await at.store().write((tx) => at.prompts().take(tx, question.id))).toBeUndefined();
  expect((await at.prompts().read(question.id))?.status).toBe("withdrawn");
  expect(await at.timers()).toEqual([]);
  expect((await at.waiting()).join()).toContain("could not be acted on in time: nothing is done");
});

test("a clock that was set back after the deadline's timer came due leaves the question with an end", async () => {
  const at = await scene();
  await ask(at, { deadlineAt: start + minute });
  await at.prompts().onDeadline({ key: "deadline/move/roglog", kind: "prompt.deadline", dueAt: start - minute, body: "{}", attempts: 0 });
  expect((await at.prompts().read(question.id))?.status).toBe("open");
  expect(await at.store().read.dueTimers(start + minute, 10)).toMatchObject([{ key: "deadline/move/roglog", dueAt: start + minute }]);
});

test("whoever takes a yes back too late is told so in the thread", async () => {
  const at = await scene();
  await ask(at);
  await at.redact(nadia, await at.react(nadia, "✅"));
  expect((await at.prompts().read(question.id))?.status).toBe("answered");
  const said = await at.store().read.outboxMessage("prompt-late/move/roglog/$event1");
  expect(said?.relation).toEqual({ kind: "thread", root: { key: "prompt/move/roglog" } });
});

test("only what is dangerous gets a ❌ to tap, and never a ✅; once it is over, one that waits is not sent any more", async () => {
  const at = await scene();
  await ask(at);
  expect(await at.store().read.outboxMessage("prompt-seed/move/roglog")).toBeUndefined();
  await ask(at, { id: "drop", choices: question.choices.map((each) => (each.yes ? { ...each, emoji: undefined } : each)) });
  expect((await at.store().read.outboxMessage("prompt-seed/drop"))?.relation).toMatchObject({ kind: "reaction", emoji: "❌" });
  await at.store().write((tx) => at.prompts().withdraw(tx, "drop", "the plan has changed"));
  expect((await at.store().read.outboxMessage("prompt-seed/drop"))?.state).toBe("dropped");
});

test("what cannot be shown whole, or not kept as it is, is not asked", async () => {
  const at = await scene();
  await expect(ask(at, { lines: Array.from({ length: 400 }, () => ({ text: "x".repeat(100) })) })).rejects.toThrow("too long");
  await expect(ask(at, { payload: { when: new Date(start) } })).rejects.toThrow("cannot be kept");
  expect(await at.store().read.prompt(question.id)).toBeUndefined();
  expect((await at.store().read.outboxDepth()).waiting).toBe(0);
});

test("both of two people stand in the audit log, and that one had taken back", async () => {
  const at = await scene();
  await ask(at, { needed: 2 });
  await at.redact(nadia, await at.react(nadia, "✅"));
  await at.react(nadia, "✅");
  await at.react(oleg, "✅");
  const rows = await at.store().read.audit({ limit: 10 });
  expect(rows.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`)).toEqual([
    "@nadia:a vote ok",
    "@nadia:a vote.taken-back refused",
    "@nadia:a vote ok",
    "@oleg:a answer ok",
  ]);
  expect(rows.at(-1)?.detail).toContain("yes by @nadia:a, @oleg:a; question move/roglog, digest ");
});
