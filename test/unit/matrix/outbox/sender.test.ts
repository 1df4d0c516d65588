import { expect, test } from "vitest";
import { parseEventId, parseRoomId, parseUserId, type EventId, type RoomId } from "../../../../src/ids.ts";
import { MatrixFailure } from "../../../../src/matrix/failure.ts";
import { runSender } from "../../../../src/matrix/outbox/sender.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import type { OutgoingMessage, Store } from "../../../../src/store/store.ts";
import { wakeable } from "../../../../src/wakeable.ts";
import { clearRooms } from "../../../support/clear-rooms.ts";
import { opsRoom } from "../../../support/events.ts";
import { manualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

const otherRoom = parseRoomId("!other");
const fast = { perSecond: 0, burst: 0 };
const failures = {
  limited: (ms?: number) => new MatrixFailure("limited", "429", { status: 429, errcode: "M_LIMIT_EXCEEDED", retryAfterMs: ms }),
  unreachable: () => new MatrixFailure("unreachable", "502", { status: 502 }),
  forbidden: () => new MatrixFailure("forbidden", "403", { status: 403, errcode: "M_FORBIDDEN" }),
  duplicate: () => new MatrixFailure("refused", "400", { status: 400, errcode: "M_DUPLICATE_ANNOTATION" }),
  unauthorised: () => new MatrixFailure("unauthorised", "401", { status: 401, errcode: "M_UNKNOWN_TOKEN" }),
};

interface Put {
  readonly room: RoomId;
  readonly type: string;
  readonly transactionId: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** Takes events like a homeserver: one for each transaction id. `meet` may fail before or (`reply`) after the event was taken. */
interface Stage {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly puts: readonly Put[];
  readonly events: () => readonly Put[];
  readonly dropped: string[];
  readonly refusals: number[];
  /** Rooms we are in. */
  readonly joined: Set<RoomId>;
  readonly queue: (...messages: readonly OutgoingMessage[]) => Promise<void>;
  readonly start: () => { readonly stop: () => Promise<void>; readonly done: Promise<void> };
}

async function stage(meet: (put: Put, count: number) => Promise<Error | "lose the reply" | undefined> = async () => undefined, limits = fast): Promise<Stage> {
  const clock = manualClock();
  const store = await tempStore(clock);
  const bell = wakeable(clock);
  const puts: Put[] = [];
  const taken = new Map<string, { readonly id: EventId; readonly put: Put }>();
  const dropped: string[] = [];
  const refusals: number[] = [];
  const joined = new Set([opsRoom, otherRoom]);
  const accept = async (put: Put): Promise<EventId> => {
    puts.push(put);
    const trouble = await meet(put, puts.length);
    if (trouble instanceof Error) throw trouble;
    const event = taken.get(put.transactionId) ?? { id: parseEventId(`$event${taken.size + 1}`), put };
    taken.set(put.transactionId, event);
    if (trouble === "lose the reply") throw failures.unreachable();
    return event.id;
  };
  return {
    store,
    clock,
    puts,
    dropped,
    refusals,
    joined,
    events: () => [...taken.values()].map(({ put }) => put),
    queue: async (...messages) => {
      await store.write(async (tx) => {
        for (const message of messages) await tx.enqueue(message, clock.now());
      });
      bell.wake();
      await clock.advance(0);
    },
    start: () => {
      const stopping = new AbortController();
      const done = runSender(
        {
          envelopes: clearRooms,
          api: {
            send: async (room, type, transactionId, content) => await accept({ room, type, transactionId, content, at: clock.now() }),
            redact: async (room, event, transactionId, reason) =>
              await accept({ room, type: "m.room.redaction", transactionId, content: { redacts: event, reason }, at: clock.now() }),
            joinedRooms: async () => [...joined],
            rateLimitOverride: async () => ({ kind: "unknown" }),
          },
          account: parseUserId("@opsroom:example.org"),
          store,
          clock,
          random: () => 1,
          limits,
          log: silentLog,
          metrics: { messageSent: () => undefined, rateLimited: (ms) => refusals.push(ms), apiFailure: (_, kind) => dropped.push(kind) },
          bell,
        },
        stopping.signal,
      );
      done.catch(() => undefined);
      return {
        done,
        stop: async () => {
          stopping.abort();
          await done;
        },
      };
    },
  };
}

const message = (key: string, given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key,
  room: opsRoom,
  lane: "answer",
  type: "m.room.message",
  content: { msgtype: "m.notice", body: key },
  ...given,
});
const bodies = (puts: readonly Put[]): unknown[] => puts.map(({ content }) => content["body"]);

test("what is queued goes out at once, in order, with nobody mentioned", async () => {
  const { queue, start, events, clock, store } = await stage();
  const sender = start();
  await clock.advance(0);

  const before = clock.now();
  await queue(message("one"), message("two"), message("three"));
  await sender.stop();

  expect(bodies(events())).toEqual(["one", "two", "three"]);
  expect(events().every(({ at, content }) => at === before && JSON.stringify(content["m.mentions"]) === "{}")).toBe(true);
  expect(await store.read.outboxDepth()).toMatchObject({ waiting: 0 });
  expect((await store.read.outboxMessage("two"))?.eventId).toBe("$event2");
});

test("what another instance queued is found without a wake", async () => {
  const { store, start, events, clock } = await stage();
  const sender = start();
  await clock.advance(0);

  await store.write((tx) => tx.enqueue(message("one"), clock.now()));
  await clock.advance(3000);
  await sender.stop();

  expect(bodies(events())).toEqual(["one"]);
});

test("a lost reply is asked for again under the same id: one event", async () => {
  const { queue, start, puts, events, clock, store } = await stage(async (_, count) => (count <= 2 ? "lose the reply" : undefined));
  const sender = start();

  await queue(message("one"), message("two"));
  await clock.advance(10_000);
  await sender.stop();

  expect(bodies(events())).toEqual(["one", "two"]);
  expect(bodies(puts)).toEqual(["one", "one", "one", "two"]);
  expect(new Set(puts.map(({ transactionId }) => transactionId)).size).toBe(2);
  expect((await store.read.outboxMessage("one"))?.state).toBe("sent");
});

test("stopped in mid-send, the next start sends the same again, under the same id", async () => {
  const hang = Promise.withResolvers<undefined>();
  const { queue, start, puts, clock } = await stage(async (_, count) => (count === 1 ? await hang.promise.then(() => new Error("aborted")) : undefined));
  const first = start();
  await queue(message("one"));
  const stopping = first.stop();
  hang.resolve(undefined);
  await stopping;

  const second = start();
  await clock.advance(5000);
  await second.stop();

  expect(puts).toHaveLength(2);
  expect(puts[1]).toMatchObject({ transactionId: puts[0]?.transactionId, content: puts[0]?.content });
});

test("an unreachable homeserver drops nothing, and one room's trouble holds up no other", async () => {
  const { queue, start, events, clock } = await stage(async ({ room, at }) =>
    room === opsRoom && at < start0 + 3_600_000 ? failures.unreachable() : undefined,
  );
  const start0 = clock.now();
  const sender = start();

  await queue(message("one"), message("two"), message("elsewhere", { room: otherRoom }));
  expect(bodies(events())).toEqual(["elsewhere"]);
  await clock.advance(3_640_000);
  await sender.stop();

  expect(bodies(events())).toEqual(["elsewhere", "one", "two"]);
});

test("after a 429 nothing goes, in any room, until the homeserver said; then one at a time", async () => {
  const { queue, start, puts, events, clock, refusals } = await stage(async (_, count) => (count === 1 ? failures.limited(9000) : undefined), {
    perSecond: 0.2,
    burst: 10,
  });
  const sender = start();
  await clock.advance(0);
  const began = clock.now();

  await queue(message("one"));
  await queue(message("two"), message("elsewhere", { room: otherRoom }));
  await clock.advance(30_000);
  await sender.stop();

  expect(puts.map(({ at }) => (at - began) / 1000)).toEqual([0, 9, 14, 19]);
  expect(bodies(events())).toEqual(["one", "two", "elsewhere"]);
  expect(refusals).toEqual([9000]);
});

test("when tokens are short the urgent lanes go first", async () => {
  const { queue, start, events, clock } = await stage(undefined, { perSecond: 1, burst: 1 });
  const sender = start();
  await queue(message("first"));

  await queue(
    message("rest", { lane: "rest" }),
    message("answer"),
    message("critical", { lane: "critical", room: otherRoom }),
    message("prompt", { lane: "prompt" }),
  );
  await clock.advance(10_000);
  await sender.stop();

  expect(bodies(events())).toEqual(["first", "prompt", "critical", "answer", "rest"]);
});

test("edits that wait become one, which edits the original", async () => {
  const { queue, start, events, clock } = await stage(undefined, { perSecond: 0.2, burst: 1 });
  const sender = start();
  await queue(message("working"));

  const edit = (key: string): OutgoingMessage => message(key, { relation: { kind: "edit", of: { key: "working" } } });
  await queue(edit("10 %"));
  await queue(edit("50 %"));
  await queue(edit("done"));
  await clock.advance(20_000);
  await sender.stop();

  expect(bodies(events())).toEqual(["working", "* done"]);
  expect(events()[1]?.content).toMatchObject({ "m.new_content": { body: "done" }, "m.relates_to": { rel_type: "m.replace", event_id: "$event1" } });
});

test("a reaction to a message that is not sent yet waits for its event, and a redaction takes it back", async () => {
  const { queue, start, events, clock } = await stage();
  const sender = start();

  await queue(
    message("prompt"),
    message("seed", { type: "m.reaction", content: {}, lane: "prompt", relation: { kind: "reaction", to: { key: "prompt" }, emoji: "❌" } }),
    message("gone", { type: "m.room.redaction", content: {}, relation: { kind: "redaction", of: { key: "seed" }, reason: "over" } }),
  );
  await clock.advance(3000);
  await sender.stop();

  expect(events().map(({ type, content }) => [type, content["m.relates_to"] ?? content["redacts"] ?? content["body"]])).toEqual([
    ["m.room.message", "prompt"],
    ["m.reaction", { rel_type: "m.annotation", event_id: "$event1", key: "❌" }],
    ["m.room.redaction", "$event2"],
  ]);
});

test("what the homeserver refuses for good is dropped, and the room goes on", async () => {
  const { queue, start, events, store, clock, dropped } = await stage(async ({ content }) => (content["body"] === "one" ? failures.forbidden() : undefined));
  const sender = start();

  await queue(message("one"), message("detail of one", { relation: { kind: "thread", root: { key: "one" } } }), message("two"));
  await clock.advance(1000);
  await sender.stop();

  expect(bodies(events())).toEqual(["two"]);
  expect(dropped).toEqual(["forbidden"]);
  expect(await store.read.outboxDepth()).toMatchObject({ waiting: 0 });
});

test("what is for a room that we are not in yet waits until we are", async () => {
  const { queue, start, events, clock, dropped, joined } = await stage(async ({ room }) => (joined.has(room) ? undefined : failures.forbidden()));
  joined.clear();
  const sender = start();

  await queue(message("an alert"));
  await clock.advance(20_000);
  expect(events()).toEqual([]);
  joined.add(opsRoom);
  await clock.advance(60_000);
  await sender.stop();

  expect(bodies(events())).toEqual(["an alert"]);
  expect(dropped).toEqual([]);
});

test("what is for a room that we are not in for a day is dropped", async () => {
  const { queue, start, store, clock, dropped, joined } = await stage(async () => failures.forbidden());
  joined.clear();

  await queue(message("one"));
  await clock.advance(86_400_000);
  const sender = start();
  await clock.advance(1000);
  await sender.stop();

  expect(dropped).toEqual(["forbidden"]);
  expect(await store.read.outboxDepth()).toMatchObject({ waiting: 0 });
});

test("a reaction that stands already is no failure", async () => {
  const { queue, start, store, clock, dropped } = await stage(async () => failures.duplicate());
  const sender = start();

  await queue(message("seed", { type: "m.reaction", content: {}, relation: { kind: "reaction", to: { event: parseEventId("$asked") }, emoji: "✅" } }));
  await clock.advance(1000);
  await sender.stop();

  expect(dropped).toEqual([]);
  expect(await store.read.outboxDepth()).toMatchObject({ waiting: 0 });
});

test("a token that is not accepted ends the sender, loudly, and keeps the message", async () => {
  const { queue, start, store } = await stage(async () => failures.unauthorised());
  const sender = start();

  await queue(message("one"));

  await expect(sender.done).rejects.toMatchObject({ code: "OPSROOM_MATRIX_UNAUTHORISED" });
  expect((await store.read.outboxMessage("one"))?.state).toBe("sealed");
});

test("in each room only one message is under way at a time", async () => {
  let under = 0;
  let most = 0;
  const { queue, start, events, clock } = await stage(async ({ room }) => {
    if (room === opsRoom) {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
    }
    return undefined;
  });
  const sender = start();

  await queue(...Array.from({ length: 30 }, (_, n) => message(`m${n}`)), ...Array.from({ length: 5 }, (_, n) => message(`o${n}`, { room: otherRoom })));
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(3000);
  await sender.stop();

  expect(most).toBe(1);
  expect(bodies(events().filter(({ room }) => room === opsRoom))).toEqual(Array.from({ length: 30 }, (_, n) => `m${n}`));
  expect(events()).toHaveLength(35);
});
