import { expect, test } from "vitest";
import { dispatchReaction, mayBeReaction, type ReactionNeeds } from "../../../src/chat/dispatch-reaction.ts";
import { mayConcern } from "../../../src/chat/dispatch.ts";
import type { Reaction, ReactionTaker } from "../../../src/chat/reactions.ts";
import { OpsroomError } from "../../../src/errors.ts";
import { parseEventId, parseRoomId, type EventId, type RoomId, type UserId } from "../../../src/ids.ts";
import { silentLog } from "../../../src/observe/log.ts";
import type { InboxEvent, Store } from "../../../src/store/store.ts";
import { mallory, nadia, oleg, opsRoom } from "../../support/events.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { tempStore } from "../../support/temp-store.ts";

const otherRoom = parseRoomId("!other:a");
const strangeRoom = parseRoomId("!strange:a");
const message = parseEventId("$message");

interface Scene {
  readonly clock: ManualClock;
  readonly store: Store;
  /** What the taker was told, in order. */
  readonly told: readonly string[];
  readonly accept: (event: Partial<InboxEvent> & Pick<InboxEvent, "type" | "content">) => Promise<EventId>;
  /** Handles what is in the inbox; what fails stays. */
  readonly work: () => Promise<void>;
  readonly react: (
    emoji: string,
    given?: { readonly by?: UserId; readonly room?: RoomId; readonly to?: EventId; readonly sentAt?: number },
  ) => Promise<EventId>;
  readonly redact: (what: EventId, given?: { readonly by?: UserId; readonly room?: RoomId }) => Promise<EventId>;
  readonly failWith: (error: Error | undefined) => void;
}

async function scene(): Promise<Scene> {
  const clock = manualClock();
  const store = await tempStore(clock);
  const told: string[] = [];
  let failure: Error | undefined;
  const tell = (what: string, { by, emoji, key }: Pick<Reaction, "by" | "emoji" | "key">): undefined => {
    if (failure !== undefined) throw failure;
    told.push(`${what} ${by} ${emoji} ${key}`);
  };
  const taker: ReactionTaker = {
    prefix: "thing/",
    reacted: async (tx, reaction, role) => {
      tell(`${role} reacted`, reaction);
      await tx.setTimer({ key: `took/${reaction.event}`, kind: "k", dueAt: 0, body: "{}" });
      const { by, room, event, at } = reaction;
      return { at, actor: by, action: "thing", subject: reaction.key, room, eventId: event, outcome: "ok", detail: "" };
    },
    unreacted: async (_tx, reaction, by) => tell(`${by} took back`, reaction),
    removed: async (_tx, key, _room, by) => tell("removed", { by, emoji: "", key }),
  };
  const operators = new Map([
    [nadia, "operator"],
    [oleg, "viewer"],
  ] as const);
  const needs: ReactionNeeds = {
    accept: "signed",
    store,
    clock,
    log: silentLog,
    rooms: () => new Map([opsRoom, otherRoom].map((room) => [room, { name: "ops", operators }])),
    takers: [taker],
    maxAgeMs: () => 600_000,
    wakeSender: () => undefined,
  };
  await store.write(async (tx) => {
    const base = { room: opsRoom, lane: "rest", type: "m.room.message", content: {} } as const;
    await tx.enqueue({ ...base, key: "thing/1" }, 0);
    await tx.enqueue({ ...base, key: "elsewhere/1" }, 0);
  });
  const send = async (key: string, event: EventId): Promise<void> => {
    await store.write(async (tx) => {
      const row = await tx.readOutbox(key);
      await tx.seal(row?.seq ?? 0, {});
      await tx.markSent(row?.seq ?? 0, event, 0);
    });
  };
  await send("thing/1", message);
  await send("elsewhere/1", parseEventId("$nobodys"));
  await store.write((tx) => tx.enqueue({ key: "thing/1/e1", room: opsRoom, lane: "rest", type: "m.room.message", content: {}, relation: { kind: "edit", of: { key: "thing/1" } } }, 0)); // prettier-ignore
  await send("thing/1/e1", parseEventId("$edit"));
  let events = 0;
  const accept: Scene["accept"] = async (event) => {
    const eventId = parseEventId(`$event${(events += 1)}`);
    await store.write((tx) => tx.acceptEvents([{ eventId, room: opsRoom, sender: nadia, sentAt: clock.now(), late: false, ...event }]));
    return eventId;
  };
  return {
    clock,
    store,
    told,
    accept,
    work: async () => {
      for (const event of await store.read.pendingEvents(50)) await dispatchReaction(event, needs);
    },
    react: async (emoji, { by = nadia, room = opsRoom, to = message, sentAt = clock.now() } = {}) =>
      accept({ type: "m.reaction", room, sender: by, sentAt, content: { "m.relates_to": { rel_type: "m.annotation", event_id: to, key: emoji } } }),
    redact: async (redacts, { by = nadia, room = opsRoom } = {}) => accept({ type: "m.room.redaction", room, sender: by, content: { redacts } }),
    failWith: (error) => {
      failure = error;
    },
  };
}

test("a reaction of somebody with a role reaches whoever looks after the message, once, with its audit line", async () => {
  const at = await scene();
  const event = await at.react("👍🏽️");
  await at.work();
  await at.work();
  expect(at.told).toEqual([`operator reacted ${nadia} 👍 thing/1`]);
  expect(await at.store.read.audit({ limit: 5 })).toMatchObject([{ actor: nadia, action: "thing", subject: "thing/1", eventId: event }]);
  expect(await at.store.read.pendingEvents(5)).toEqual([]);
});

test("what does nothing at all: a stranger, another room, an edit of ours, a message of nobody, an old one", async () => {
  const at = await scene();
  await at.react("👍", { by: mallory });
  await at.react("👍", { room: otherRoom });
  await at.react("👍", { room: strangeRoom });
  await at.react("👍", { to: parseEventId("$edit") });
  await at.react("👍", { to: parseEventId("$unknown") });
  await at.react("👍", { to: parseEventId("$nobodys") });
  await at.react("👍", { sentAt: at.clock.now() - 600_001 });
  await at.work();
  expect(at.told).toEqual([]);
  expect(await at.store.read.pendingEvents(5)).toEqual([]);
  expect((await at.store.read.outboxDepth()).waiting).toBe(0);
  expect(await at.store.read.notes("reaction", 10)).toEqual([]);
});

test("taken back, it is told who took it back; a second redaction of it tells nothing", async () => {
  const at = await scene();
  const event = await at.react("👍");
  await at.work();
  await at.redact(event, { by: mallory });
  await at.redact(event);
  await at.work();
  expect(at.told).toEqual([`operator reacted ${nadia} 👍 thing/1`, `${mallory} took back ${nadia} 👍 thing/1`]);
});

test("taken back before it was looked at, it has never been", async () => {
  const at = await scene();
  await at.redact(await at.react("👍"));
  await at.work();
  expect(at.told).toEqual([]);
});

test("another room's word takes nothing back, and does not make us deaf to this room's", async () => {
  const at = await scene();
  const event = await at.react("👍");
  await at.work();
  await at.redact(event, { room: otherRoom });
  await at.redact(event, { room: strangeRoom });
  await at.redact(message, { room: otherRoom });
  await at.work();
  expect(at.told).toHaveLength(1);
  await at.redact(event);
  await at.work();
  expect(at.told.slice(1)).toEqual([`${nadia} took back ${nadia} 👍 thing/1`]);
});

test("a message that is taken away is told as such, with who did it; an edit of it is not", async () => {
  const at = await scene();
  await at.redact(parseEventId("$edit"));
  await at.redact(message, { by: oleg });
  await at.work();
  expect(at.told).toEqual([`removed ${oleg}  thing/1`]);
});

test("what fails is tried again with nothing of it kept; a fault is let go after ten times, what heals by itself is waited for", async () => {
  const at = await scene();
  at.failWith(new OpsroomError("OPSROOM_OUTBOX_FULL", "full", "wait"));
  await at.react("👍");
  for (let tries = 0; tries < 12; tries += 1) await expect(at.work()).rejects.toThrow("full");
  expect(await at.store.read.dueTimers(1, 5)).toEqual([]);
  at.failWith(undefined);
  await at.work();
  expect(at.told).toHaveLength(1);

  at.failWith(new Error("a row that makes no sense"));
  await at.react("👍");
  for (let tries = 0; tries < 10; tries += 1) await expect(at.work()).rejects.toThrow("no sense");
  await at.work();
  expect(await at.store.read.pendingEvents(5)).toEqual([]);
});

test("only what can concern us is kept", () => {
  const annotation = { "m.relates_to": { rel_type: "m.annotation", event_id: "$a", key: "👍" } };
  expect(mayConcern({ type: "m.reaction", content: annotation })).toBe(true);
  expect(mayConcern({ type: "m.room.redaction", content: { redacts: "$a" } })).toBe(true);
  expect(mayConcern({ type: "m.room.message", content: { msgtype: "m.text", body: "!status" } })).toBe(true);
  expect(mayConcern({ type: "m.room.message", content: { msgtype: "m.text", body: "hello" } })).toBe(false);
  const malformed = [{}, { "m.relates_to": null }, { "m.relates_to": { ...annotation["m.relates_to"], rel_type: "m.replace" } }, { "m.relates_to": { ...annotation["m.relates_to"], key: "" } }, { "m.relates_to": { ...annotation["m.relates_to"], event_id: 1 } }]; // prettier-ignore
  for (const content of malformed) expect(mayBeReaction({ type: "m.reaction", content })).toBe(false);
  expect(mayBeReaction({ type: "m.room.redaction", content: {} })).toBe(false);
  expect(mayBeReaction({ type: "m.sticker", content: annotation })).toBe(false);
});
