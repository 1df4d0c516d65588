import { expect, onTestFinished, test } from "vitest";
import { parseEventId, parseRoomId, parseUserId, type RoomId } from "../../../src/ids.ts";
import type { MatrixApi } from "../../../src/matrix/api.ts";
import { runSender } from "../../../src/matrix/outbox/sender.ts";
import type { Limits } from "../../../src/matrix/outbox/token-bucket.ts";
import { createMatrixApi } from "../../../src/matrix/sdk-api.ts";
import { runSync } from "../../../src/matrix/sync/loop.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { chatClient, type ChatClient } from "../../../src/sandbox/client.ts";
import { startHomeserver, type EmbeddedHomeserver } from "../../../src/sandbox/homeserver/homeserver.ts";
import type { OutgoingMessage, Store } from "../../../src/store/store.ts";
import { wakeable, type Wakeable } from "../../../src/wakeable.ts";
import { clearRooms } from "../../support/clear-rooms.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { answersTo, person, type Person } from "../../support/person.ts";
import { tempStore } from "../../support/temp-store.ts";

/** The loop and the sender over real HTTP, against a homeserver that limits, forgets and cuts as Synapse and its ingress do. */
interface Bench {
  readonly homeserver: EmbeddedHomeserver;
  readonly clock: ManualClock;
  readonly store: Store;
  readonly api: MatrixApi;
  readonly me: string;
  readonly nadia: ChatClient;
  readonly reader: Person;
  readonly room: RoomId;
  readonly bell: Wakeable;
  /** Starts the sync loop; the function stops it. */
  readonly listen: () => () => Promise<void>;
  readonly send: (limits: Limits) => () => Promise<void>;
  readonly queue: (...messages: readonly OutgoingMessage[]) => Promise<void>;
}

async function bench(): Promise<Bench> {
  const clock = manualClock();
  const homeserver = await startHomeserver({ serverName: "example.org", clock });
  const bot = homeserver.createUser("opsroom");
  const owner = homeserver.createUser("nadia");
  homeserver.setRateLimit(owner.userId, "none");
  const nadia = chatClient({ baseUrl: homeserver.baseUrl, ...owner });
  const api = await createMatrixApi({ homeserver: homeserver.baseUrl, accessToken: bot.accessToken });
  const room = parseRoomId(await nadia.createRoom({ invite: [bot.userId] }));
  await api.join(room, new AbortController().signal);
  const store = await tempStore();
  const bell = wakeable(clock);
  const account = parseUserId(bot.userId);
  const stops: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const stop of stops) await stop();
    await homeserver.close();
  });
  const running = (run: (signal: AbortSignal) => Promise<void>): (() => Promise<void>) => {
    const stopping = new AbortController();
    const done = run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await done;
    };
    stops.push(stop);
    return stop;
  };
  const nothing = (): void => undefined;
  const metrics = { syncSucceeded: nothing, eventsAccepted: nothing, apiFailure: nothing, messageSent: nothing, rateLimited: nothing };
  const common = { api, store, account, clock, random: () => 1, log: silentLog, metrics };
  return {
    homeserver,
    clock,
    store,
    api,
    me: bot.userId,
    nadia,
    reader: person(homeserver.baseUrl, owner),
    room,
    bell,
    listen: () =>
      running(
        async (signal) =>
          await runSync(
            { ...common, wanted: () => true, onAccepted: nothing, onChanges: nothing, onSynced: nothing, onRewound: async () => undefined },
            signal,
          ),
      ),
    send: (limits) => running(async (signal) => await runSender({ ...common, envelopes: clearRooms, limits, bell }, signal)),
    queue: async (...messages) => {
      await store.write(async (tx) => {
        for (const each of messages) await tx.enqueue(each, clock.now());
      });
      bell.wake();
    },
  };
}

const commands = async (store: Store): Promise<unknown[]> =>
  (await store.read.pendingEvents(5000)).map((event) => event.content["body"]).filter((body) => String(body).startsWith("!"));

test("commands among hundreds of messages sent while it was down all arrive, once and in order", async () => {
  const { listen, store, nadia, room, clock } = await bench();
  const stop = listen();
  await expect.poll(async () => await store.read.syncPosition()).toBeDefined();
  await stop();

  for (let n = 0; n < 420; n += 1) await nadia.sendText(room, n % 20 === 7 ? `!command ${n}` : `chatter ${n}`);
  listen();

  const expected = Array.from({ length: 21 }, (_, n) => `!command ${n * 20 + 7}`);
  await expect.poll(async () => await commands(store), { timeout: 10_000 }).toEqual(expected);
  await nadia.sendText(room, "!live");
  await expect
    .poll(async () => {
      await clock.advance(1000);
      return await commands(store);
    })
    .toEqual([...expected, "!live"]);
  expect((await store.read.pendingEvents(5000)).length).toBe(421);
});

test("nothing is lost over a homeserver's restart, an ingress without it, and cut polls", async () => {
  const { listen, store, nadia, room, homeserver, clock } = await bench();
  listen();
  await expect.poll(async () => await store.read.syncPosition()).toBeDefined();

  homeserver.faults.next({ path: /\/sync$/u, kind: "502-html", times: 2 });
  homeserver.faults.next({ path: /\/sync$/u, kind: "cut-reply", times: 2 });
  homeserver.faults.next({ path: /\/sync$/u, kind: "429", retryAfterMs: 3000, retryAfterIn: "header" });
  for (let n = 0; n < 10; n += 1) {
    await nadia.sendText(room, `!command ${n}`);
    if (n !== 4) continue;
    await homeserver.restart();
    // Her connection is gone with the old process.
    await nadia.request("GET", "/_matrix/client/versions").catch(() => undefined);
  }

  await expect
    .poll(
      async () => {
        await clock.advance(5000);
        return await commands(store);
      },
      { timeout: 10_000 },
    )
    .toEqual(Array.from({ length: 10 }, (_, n) => `!command ${n}`));
});

test("replies cut after the homeserver accepted, 502s and restarts: each answer stands once, in order", async () => {
  const { send, queue, homeserver, room, clock, reader, me, store } = await bench();
  homeserver.setRateLimit(me, "none");
  send({ perSecond: 0, burst: 0 });
  homeserver.faults.next({ path: /\/send\//u, kind: "cut-reply", times: 3 });
  homeserver.faults.next({ path: /\/send\//u, kind: "502-html", times: 2 });
  homeserver.faults.next({ path: /\/send\//u, kind: "drop", times: 2 });

  await queue(...Array.from({ length: 12 }, (_, n) => answer(`a${n}`, room)));

  await expect
    .poll(
      async () => {
        await clock.advance(5000);
        return (await store.read.outboxDepth()).waiting;
      },
      { timeout: 20_000 },
    )
    .toBe(0);
  expect(await shown(reader, room, me)).toEqual(Array.from({ length: 12 }, (_, n) => `a${n}`));
});

test("a sender that thinks it may do more than the homeserver allows loses nothing and keeps the order", async () => {
  const { send, queue, room, clock, reader, me, store } = await bench();
  send({ perSecond: 50, burst: 50 });

  await queue(...Array.from({ length: 14 }, (_, n) => answer(`a${n}`, room)));

  await expect
    .poll(
      async () => {
        await clock.advance(1000);
        return (await store.read.outboxDepth()).waiting;
      },
      { timeout: 20_000 },
    )
    .toBe(0);
  expect(await shown(reader, room, me)).toEqual(Array.from({ length: 14 }, (_, n) => `a${n}`));
});

test("replies, threads, edits, reactions and redactions are what the homeserver takes them for", async () => {
  const { send, queue, room, reader, me, nadia, store, clock } = await bench();
  send({ perSecond: 0.2, burst: 10 });
  const asked = await nadia.sendText(room, "!status");

  await queue(
    { ...answer("answer", room), relation: { kind: "reply", to: { event: parseEventId(asked) } } },
    { ...answer("detail", room), relation: { kind: "thread", root: { key: "answer" } } },
    { ...answer("seed", room), type: "m.reaction", content: {}, relation: { kind: "reaction", to: { key: "answer" }, emoji: "✅" } },
    { ...answer("unseed", room), type: "m.room.redaction", content: {}, relation: { kind: "redaction", of: { key: "seed" } } },
  );
  await expect
    .poll(async () => {
      await clock.advance(1000);
      return (await store.read.outboxDepth()).waiting;
    })
    .toBe(0);
  await queue({ ...answer("answer, newer", room), relation: { kind: "edit", of: { key: "answer" } } });
  await expect.poll(async () => (await store.read.outboxDepth()).waiting).toBe(0);

  const history = await reader.history(room);
  expect(answersTo(history, asked, me).map(({ content }) => content["body"])).toEqual(["answer"]);
  const ours = history.filter(({ sender, type }) => sender === me && type !== "m.room.member");
  expect(ours.map(({ type }) => type)).toEqual(["m.room.message", "m.room.message", "m.reaction", "m.room.redaction", "m.room.message"]);
  expect(ours.at(-1)?.content).toMatchObject({ body: "* answer, newer", "m.new_content": { body: "answer, newer" } });
});

function answer(key: string, room: RoomId): OutgoingMessage {
  return { key, room, lane: "answer", type: "m.room.message", content: { msgtype: "m.notice", body: key } };
}

async function shown(reader: Person, room: RoomId, by: string): Promise<unknown[]> {
  return (await reader.history(room)).filter(({ sender, type }) => sender === by && type === "m.room.message").map(({ content }) => content["body"]);
}
