import fc from "fast-check";
import { expect, test } from "vitest";
import { dispatch, type DispatchNeeds } from "../../../src/chat/dispatch.ts";
import { strangerBudget } from "../../../src/chat/strangers.ts";
import { parseEventId, parseRoomId, parseUserId, type EventId, type UserId } from "../../../src/ids.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import type { Question } from "../../../src/prompts/prompt.ts";
import { createPrompts, type Prompts } from "../../../src/prompts/service.ts";
import type { InboxEvent, Store } from "../../../src/store/store.ts";
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
}

async function scene(): Promise<Scene> {
  const clock = manualClock(start);
  const { store: first, reopen } = await reopenableStore(clock);
  let store = first;
  let prompts = make(store, clock);
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
      prompts = make(store, clock);
    },
    timers: async () => (await store.read.dueTimers(clock.now() + 1e9, 100)).map((each) => each.key).toSorted(),
  };
}

function make(store: Store, clock: ManualClock): Prompts {
  return createPrompts({
    store,
    view: () => ({ now: clock.now(), timeZone: "UTC" }),
    random: Math.random,
    roleOf: (where, user) => rooms().get(where)?.operators.get(user),
    wakeSender: () => undefined,
    wakeTimers: () => undefined,
  });
}

function needsFor(store: Store, clock: ManualClock, prompts: Prompts): DispatchNeeds {
  return {
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
  await at.react(nadia, "✅");
  expect((await at.prompts().read(question.id))?.status).toBe("open");
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

test("whatever is reacted, taken back, repeated and killed in between: at most one answer, by enough of those asked, used once", async () => {
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("react" as const), who: fc.nat(3), emoji: fc.constantFrom("✅", "❌", "👍") }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("redact" as const), which: fc.nat(8) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "use" as const, "repeat" as const, "catchUp" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.nat(8) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), fc.constantFrom(1 as const, 2 as const), async (acts, needed) => {
      const at = await scene();
      await ask(at, { needed });
      const who = [nadia, oleg, eye, mallory];
      const there = new Map<EventId, { readonly by: UserId; readonly emoji: string; readonly event: EventId; readonly at: number }>();
      let uses = 0;
      let answeredAt: number | undefined;
      for (const each of acts) {
        if (each.do === "react") {
          const by = who[each.who] ?? nadia;
          const event = await at.react(by, each.emoji);
          there.set(event, { by, emoji: each.emoji, event, at: at.clock.now() });
        } else if (each.do === "redact") {
          const event = [...there.keys()][each.which];
          const by = event === undefined ? undefined : there.get(event)?.by;
          if (event !== undefined && by !== undefined) {
            await at.redact(by, event);
            there.delete(event);
          }
        } else if (each.do === "repeat") {
          const [event] = there.values();
          if (event !== undefined) await at.react(event.by, event.emoji, event.event);
        } else if (each.do === "restart") await at.restart();
        else if (each.do === "catchUp") await at.prompts().catchUp(async () => [...there.values()]);
        else if (each.do === "use") uses += (await at.store().write((tx) => at.prompts().take(tx, question.id))) === undefined ? 0 : 1;
        else if (each.do === "wait") await at.clock.advance(each.minutes * minute);
        const now = await at.prompts().read(question.id);
        if (now?.status === "answered") answeredAt ??= at.clock.now();
        if (now?.answer?.yes === true) {
          must(new Set(now.answer.by).size >= needed, "enough people");
          must(
            now.answer.by.every((by) => by === nadia || by === oleg),
            "only those who may",
          );
          must((answeredAt ?? 0) < question.deadlineAt, "in time");
        }
      }
      expect(uses).toBeLessThanOrEqual(1);
      expect((await at.timers()).filter((key) => key.startsWith("answered/")).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 30 },
  );
});

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
