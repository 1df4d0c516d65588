import { expect, test } from "vitest";
import { OpsroomError } from "../../../../src/errors.ts";
import { parseRoomId, parseUserId } from "../../../../src/ids.ts";
import { MatrixFailure } from "../../../../src/matrix/failure.ts";
import type { RoomChange } from "../../../../src/matrix/sync/changes.ts";
import { runSync } from "../../../../src/matrix/sync/loop.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import type { Store } from "../../../../src/store/store.ts";
import { nadia, opsRoom } from "../../../support/events.ts";
import { manualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

const me = parseUserId("@opsroom:example.org");
const homeserver = "https://matrix.example.org";
const v12Room = parseRoomId("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM");

type Json = Record<string, unknown>;
type SyncCall = (since: string | undefined, waitMs: number) => unknown;
const isCall = (answer: unknown): answer is SyncCall => typeof answer === "function";

const said = (id: string, body: string, extra: Json = {}): Json => ({
  event_id: `$${id}`,
  sender: nadia,
  type: "m.room.message",
  origin_server_ts: 1_000_000,
  content: { msgtype: "m.text", body },
  ...extra,
});
const member = (user: string, membership: string, extra: Json = {}): Json => ({
  event_id: `$member-${user}-${membership}`,
  sender: user,
  state_key: user,
  type: "m.room.member",
  origin_server_ts: 1_000_000,
  content: { membership },
  ...extra,
});
const batch = (next: string, events: readonly unknown[], timeline: Json = {}, room: string = opsRoom): unknown => ({
  next_batch: next,
  rooms: { join: { [room]: { timeline: { events, ...timeline } } } },
});
const limited = (status: number, errcode: string, retryAfterMs?: number): MatrixFailure =>
  new MatrixFailure(status === 429 ? "limited" : status === 401 ? "unauthorised" : status >= 500 ? "unreachable" : "refused", errcode, {
    status,
    errcode,
    retryAfterMs,
  });

interface Running {
  readonly clock: ManualClock;
  readonly asked: { readonly since: string | undefined; readonly at: number }[];
  readonly pages: { readonly from: string; readonly to?: string }[];
  readonly changes: RoomChange[];
  readonly rewound: readonly string[];
  readonly woken: () => number;
  readonly lastGoodAt: () => number | undefined;
  readonly done: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Runs the loop over answers given in turn; when they are used up, the long poll stays open until the stop. */
async function running(store: Pick<Store, "read" | "write">, answers: readonly unknown[], pages: Readonly<Record<string, unknown>> = {}): Promise<Running> {
  const clock = manualClock();
  const stopping = new AbortController();
  const left = [...answers];
  const asked: Running["asked"] = [];
  const pagesAsked: { from: string; to?: string }[] = [];
  const changes: RoomChange[] = [];
  const rewound: string[] = [];
  let woken = 0;
  let lastGoodAt: number | undefined;
  const done = runSync(
    {
      api: {
        homeserver,
        sync: async ({ since, waitMs }, signal) => {
          asked.push({ since, at: clock.now() });
          const answer = left.shift();
          if (answer === undefined) return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
          if (answer instanceof Error) throw answer;
          return isCall(answer) ? answer(since, waitMs) : answer;
        },
        messages: async (_, page) => {
          pagesAsked.push(page);
          const answer = pages[page.from];
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      store,
      account: me,
      clock,
      random: () => 1,
      log: silentLog,
      metrics: { syncSucceeded: () => undefined, eventsAccepted: () => undefined, apiFailure: () => undefined },
      wanted: ({ content }) => content["body"] !== "chatter",
      onAccepted: () => {
        woken += 1;
      },
      onChanges: (some) => changes.push(...some),
      onRewound: async (from) => {
        rewound.push(from);
      },
      onSynced: (at) => {
        lastGoodAt = at;
      },
    },
    stopping.signal,
  );
  done.catch(() => undefined);
  await clock.advance(0);
  return {
    clock,
    asked,
    pages: pagesAsked,
    changes,
    rewound,
    woken: () => woken,
    lastGoodAt: () => lastGoodAt,
    done,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

const bodies = async (store: Store): Promise<unknown[]> => (await store.read.pendingEvents(1000)).map((event) => event.content["body"]);

async function storeAt(token: string): Promise<Store> {
  const store = await tempStore();
  await store.write((tx) => tx.saveSyncPosition({ account: me, homeserver, token }));
  return store;
}

test("the first start takes the token and nothing that was said before", async () => {
  const store = await tempStore();

  const sync = await running(store, [batch("s1", [said("old", "!status")]), batch("s2", [said("new", "!help")])]);
  await sync.stop();

  expect(await bodies(store)).toEqual(["!help"]);
  expect(sync.asked.map(({ since }) => since)).toEqual([undefined, "s1", "s2"]);
  expect(await store.read.syncPosition()).toEqual({ account: me, homeserver, token: "s2" });
  expect(sync.woken()).toBe(1);
});

test("a position of another account starts anew", async () => {
  const store = await tempStore();
  await store.write((tx) => tx.saveSyncPosition({ account: nadia, homeserver, token: "theirs" }));

  const sync = await running(store, [batch("s1", [said("old", "!status")])]);
  await sync.stop();

  expect(sync.asked[0]?.since).toBeUndefined();
  expect(await bodies(store)).toEqual([]);
});

test("a position on another homeserver starts anew", async () => {
  const store = await tempStore();
  await store.write((tx) => tx.saveSyncPosition({ account: me, homeserver: "https://old.example.org", token: "theirs" }));

  const sync = await running(store, [batch("s1", [said("old", "!status")])]);
  await sync.stop();

  expect(sync.asked[0]?.since).toBeUndefined();
});

test("what could not be committed is asked for again, and taken once", async () => {
  const store = await storeAt("s1");
  let failures = 2;
  const shaky: Pick<Store, "read" | "write"> = {
    read: store.read,
    write: async (change) =>
      await store.write(async (tx) => {
        const result = await change(tx);
        if (failures > 0) {
          failures -= 1;
          throw new Error("the disk is full");
        }
        return result;
      }),
  };
  const same: SyncCall = (since) => (since === "s1" ? batch("s2", [said("a", "!one"), said("b", "!two")]) : batch("s3", []));

  const sync = await running(shaky, [same, same, same]);
  await sync.clock.advance(10_000);
  await sync.stop();

  expect(sync.asked.map(({ since }) => since)).toEqual(["s1", "s1", "s1", "s2"]);
  expect(await bodies(store)).toEqual(["!one", "!two"]);
});

test("the same event in two batches is taken once", async () => {
  const store = await storeAt("s1");

  const sync = await running(store, [batch("s2", [said("a", "!one")]), batch("s3", [said("a", "!one"), said("b", "!two")])]);
  await sync.stop();

  expect(await bodies(store)).toEqual(["!one", "!two"]);
});

test("a gap is read back to what is known, oldest first, in a room of version 12", async () => {
  const store = await storeAt("s1");
  const sync = await running(store, [batch("s2", [said("e5", "5")], { limited: true, prev_batch: "p1" }, v12Room)], {
    p1: { chunk: [said("e4", "4"), said("e3", "3")], end: "p2" },
    p2: { chunk: [said("e2", "2"), member(nadia, "join", { unsigned: { prev_content: { membership: "join" } } })], end: "p3" },
    p3: { chunk: [] },
  });
  await sync.stop();

  expect(await bodies(store)).toEqual(["2", "3", "4", "5"]);
  expect(sync.pages).toEqual([
    { from: "p1", to: "s1", limit: 100 },
    { from: "p2", to: "s1", limit: 100 },
    { from: "p3", to: "s1", limit: 100 },
  ]);
  expect((await store.read.pendingEvents(10)).map(({ room, late }) => [room, late])).toEqual(Array.from({ length: 4 }, () => [v12Room, true]));
});

test("reading back ends where everything is known", async () => {
  const store = await storeAt("s1");
  const sync = await running(store, [batch("s2", [said("e1", "1")]), batch("s3", [said("e3", "3")], { limited: true, prev_batch: "p1" })], {
    p1: { chunk: [said("e2", "2"), said("c2", "chatter")], end: "p2" },
    p2: { chunk: [said("c1", "chatter"), said("e1", "1")], end: "p3" },
  });
  await sync.stop();

  expect(await bodies(store)).toEqual(["1", "2", "3"]);
  expect(sync.pages.map(({ from }) => from)).toEqual(["p1", "p2"]);
});

test("a gap that cannot be read now holds the batch back; one that never can does not", async () => {
  const store = await storeAt("s1");
  const gap = batch("s2", [said("e2", "2")], { limited: true, prev_batch: "p1" });
  const pages: Record<string, unknown> = { p1: limited(502, "M_UNKNOWN") };

  const sync = await running(store, [gap, gap, gap], pages);
  expect(await bodies(store)).toEqual([]);
  pages["p1"] = new MatrixFailure("forbidden", "no", { status: 403, errcode: "M_FORBIDDEN" });
  await sync.clock.advance(1000);
  await sync.stop();

  expect(await bodies(store)).toEqual(["2"]);
});

test("in a room just joined, nothing that was said before we came counts", async () => {
  const store = await storeAt("s1");
  const sync = await running(
    store,
    [
      batch("s2", [said("a", "before"), member(me, "join", { unsigned: { prev_content: { membership: "invite" } } }), said("b", "after")], {
        limited: true,
        prev_batch: "p1",
      }),
      batch("s3", [said("d", "newest")], { limited: true, prev_batch: "p2" }, v12Room),
    ],
    { p2: { chunk: [said("c2", "new"), member(me, "join"), said("c1", "long ago")], end: "p3" } },
  );
  await sync.stop();

  expect(await bodies(store)).toEqual(["after", "new", "newest"]);
  expect(sync.pages.map(({ from }) => from)).toEqual(["p2"]);
});

test("a new display name of ours is no coming into the room", async () => {
  const store = await storeAt("s1");
  const sync = await running(store, [batch("s2", [said("a", "!status"), member(me, "join", { unsigned: { prev_content: { membership: "join" } } })])]);
  await sync.stop();

  expect(await bodies(store)).toEqual(["!status"]);
});

test("events that make no sense are skipped, ours and state are none of our business, and the rest arrives", async () => {
  const store = await storeAt("s1");
  const events = [
    null,
    "what",
    { event_id: "$x" },
    said("a", "bad sender", { sender: "nobody" }),
    said("b", "no content", { content: 7 }),
    said("c", "mine", { sender: me }),
    said("d", "state", { state_key: "" }),
    said("e", "taken back", { unsigned: { redacted_because: {} } }),
    said("f", "!status", { unsigned: "odd" }),
    { event_id: "$g", sender: nadia, type: "m.room.redaction", redacts: "$target", origin_server_ts: 1, content: {} },
    { event_id: "$h", sender: nadia, type: "m.reaction", origin_server_ts: 1, content: { "m.relates_to": { key: "✅" } } },
  ];
  const odd = { next_batch: "s2", rooms: { join: { [opsRoom]: { timeline: { events } }, "not a room": {}, "!other": 7 }, invite: "odd" } };

  const sync = await running(store, [odd]);
  await sync.stop();

  const pending = await store.read.pendingEvents(10);
  expect(pending.map(({ eventId }) => eventId)).toEqual(["$f", "$g", "$h"]);
  expect(pending[1]?.content).toEqual({ redacts: "$target" });
});

test("a token that is not accepted ends the loop, loudly", async () => {
  const store = await storeAt("s1");

  const sync = await running(store, [limited(401, "M_UNKNOWN_TOKEN")]);

  await expect(sync.done).rejects.toThrow(OpsroomError);
  await expect(sync.done).rejects.toMatchObject({ code: "OPSROOM_MATRIX_UNAUTHORISED" });
});

test("failures are tried again after 1, 2, 4 … at most 30 s, and a good sync resets that", async () => {
  const store = await storeAt("s1");
  const bad = limited(502, "M_UNKNOWN");
  const start = manualClock().now();

  const sync = await running(store, [bad, bad, bad, bad, bad, bad, bad, batch("s2", []), bad, batch("s3", [])]);
  await sync.clock.advance(200_000);
  await sync.stop();

  expect(sync.asked.map(({ at }) => (at - start) / 1000)).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 91, 92, 92]);
  expect(sync.lastGoodAt()).toBe(start + 92_000);
});

test("what the homeserver says of waiting is obeyed", async () => {
  const store = await storeAt("s1");

  const sync = await running(store, [limited(429, "M_LIMIT_EXCEEDED", 45_000), batch("s2", [])]);
  await sync.clock.advance(44_999);
  expect(sync.asked).toHaveLength(1);
  await sync.clock.advance(1);
  await sync.stop();

  expect(sync.asked.map(({ since }) => since)).toEqual(["s1", "s1", "s2"]);
});

test("a sync token that the homeserver forgot is replaced, without a replay", async () => {
  const store = await storeAt("s1");

  const sync = await running(store, [limited(400, "M_UNKNOWN"), batch("s7", [said("old", "!status")]), batch("s8", [said("new", "!help")])]);
  await sync.clock.advance(1000);
  await sync.stop();

  expect(sync.asked.map(({ since }) => since)).toEqual(["s1", undefined, "s7", "s8"]);
  expect(await bodies(store)).toEqual(["!help"]);
});

test("a homeserver whose database was put back is noticed, and what is said from now on is heard", async () => {
  await using store = await storeAt("s500_1_2");
  const loop = await running(store, [batch("s501_1_2", [said("a", "before")]), batch("s300_1_2", []), batch("m301~4.302_1_2", [said("b", "after")])]);
  await loop.clock.advance(1);
  await loop.stop();

  expect(loop.rewound).toEqual(["s501_1_2"]);
  expect(await bodies(store)).toEqual(["before", "after"]);
});

test("tokens of which nothing is known are not compared", async () => {
  await using store = await storeAt("t9-500");
  const loop = await running(store, [batch("t9-300", []), batch("s200", []), batch("s", [])]);
  await loop.clock.advance(1);
  await loop.stop();

  expect(loop.rewound).toEqual([]);
});

test("a server that does not hold the long poll is not asked in a tight circle", async () => {
  const store = await storeAt("s1");
  const sync = await running(
    store,
    Array.from({ length: 100 }, () => batch("s1", [])),
  );

  await sync.clock.advance(10_000);
  await sync.stop();

  expect(sync.asked.length).toBeLessThan(15);
});

test("kicks, invitations, upgrades and encryption are passed on", async () => {
  const store = await storeAt("s1");
  const state = (type: string, content: Json): Json => ({ event_id: `$${type}`, sender: nadia, state_key: "", type, origin_server_ts: 1, content });
  const answer = {
    next_batch: "s2",
    rooms: {
      join: {
        [opsRoom]: { timeline: { events: [state("m.room.tombstone", { replacement_room: v12Room })] }, state: { events: [state("m.room.encryption", {})] } },
      },
      invite: { "!invited": { invite_state: { events: [{ type: "m.room.member", state_key: me, sender: nadia, content: { membership: "invite" } }] } } },
      leave: {
        "!kicked": { timeline: { events: [member(me, "leave", { sender: nadia, content: { membership: "leave", reason: "cleaning" } })] } },
        "!banned": { timeline: { events: [member(me, "ban", { sender: nadia })] } },
      },
    },
  };

  const sync = await running(store, [answer]);
  await sync.stop();

  expect(sync.changes).toEqual([
    { kind: "invited", room: "!invited", by: nadia },
    { kind: "encrypted", room: opsRoom },
    { kind: "replaced", room: opsRoom, successor: v12Room },
    { kind: "left", room: "!kicked", why: `kicked by ${nadia}: cleaning` },
    { kind: "left", room: "!banned", why: `banned by ${nadia}` },
  ]);
});
