import { expect, test } from "vitest";
import { createLiving } from "../../../../src/alerts/live/create-living.ts";
import { newestKey } from "../../../../src/alerts/live/keys.ts";
import { toRecord } from "../../../../src/alerts/live/stored-group.ts";
import { fold } from "../../../../src/alerts/fold.ts";
import type { AlertGroup } from "../../../../src/alerts/group.ts";
import { parseEventId, parseRoomId, parseUserId, type RoomId, type UserId } from "../../../../src/ids.ts";
import type { OutboxRow, Store } from "../../../../src/store/store.ts";
import { alertDelivery, alertSettings } from "../../../support/alerts.ts";
import { manualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

const ops = parseRoomId("!ops:example.org");
const nadia = parseUserId("@nadia:example.org");
const start = Date.UTC(2026, 5, 12, 12);

interface Given {
  readonly account?: UserId;
  readonly rooms?: ReadonlyMap<string, RoomId>;
}

/** A living message on a real store, with the homeserver's part played by the test. */
async function scene({ account = parseUserId("@opsroom:example.org"), rooms = new Map([["ops", ops]]) }: Given = {}) {
  const clock = manualClock(start);
  const store = await tempStore(clock);
  const settings = alertSettings({ pings: [{ severities: ["critical"], matchers: [], mention: [nadia], always: false, escalate: undefined }] });
  const livingFor = (who: UserId) =>
    createLiving({ read: store.read, settings: () => settings, view: () => ({ now: clock.now(), timeZone: "UTC" }), account: who, rooms: () => rooms });
  let living = livingFor(account);
  let group: AlertGroup | undefined;
  let events = 0;
  return {
    store,
    clock,
    deliver: async (delivery: Parameters<typeof alertDelivery>[0]): Promise<AlertGroup> => {
      const folded = fold(group, alertDelivery({ receivedAt: clock.now(), ...delivery }), settings);
      await store.write(async (tx) => {
        if (folded.changes.length > 0) await living.show(tx, folded.group, folded.changes, []);
        else await tx.saveGroup(toRecord(folded.group));
        group = await living.load(tx, folded.group.id);
      });
      if (group === undefined) throw new Error("the group was not saved");
      return group;
    },
    /** Sends what can be sent now; answers it. */
    send: async (most = 50): Promise<readonly OutboxRow[]> => {
      const sent: OutboxRow[] = [];
      while (sent.length < most) {
        const [row] = await store.read.sendable(clock.now(), 1);
        if (row === undefined) break;
        sent.push(row);
        await sendRow(store, row, (events += 1), clock.now());
      }
      return sent;
    },
    become: (who: UserId) => {
      living = livingFor(who);
    },
    living: () => living,
  };
}

async function sendRow(store: Store, row: OutboxRow, number: number, now: number): Promise<void> {
  await store.write(async (tx) => {
    await tx.seal(row.seq, row.content, row.revision);
    await tx.markSent(row.seq, parseEventId(`$event${number}`), now);
  });
}

const bodyOf = (row: OutboxRow | undefined): string => String(row?.content["body"]);
const firing = { labels: { alertname: "NodeDown", severity: "critical", instance: "uzig" } };

test("a message, then edits of it, a log in its thread, and the end", async () => {
  const room = await scene();
  const first = await room.deliver({ alerts: [firing] });
  const [message] = await room.send();
  expect(bodyOf(message)).toContain("CRITICAL NodeDown");
  expect(message?.relation).toBeUndefined();
  expect(message).toMatchObject({ lane: "critical", content: { msgtype: "m.text", "m.mentions": { user_ids: [nadia] } } });

  await room.deliver({ alerts: [firing, { labels: { ...firing.labels, instance: "ofem" } }] });
  const [edit, log] = await room.send();
  expect(edit).toMatchObject({ relation: { kind: "edit", of: { key: first.rooms[ops]?.key } }, content: { "m.mentions": {} } });
  expect(log).toMatchObject({ relation: { kind: "thread" } });
  expect(bodyOf(log)).toContain("ofem");

  await room.deliver({
    alerts: [
      { ...firing, status: "resolved" },
      { labels: { ...firing.labels, instance: "ofem" }, status: "resolved" },
    ],
  });
  const [end] = await room.send();
  expect(bodyOf(end)).toMatch(/^✅/u);
});

test("the same delivery again says nothing", async () => {
  const room = await scene();
  await room.deliver({ alerts: [firing] });
  await room.send();
  await room.deliver({ alerts: [firing] });
  expect(await room.send()).toEqual([]);
});

test("what changes before it went out goes out once, as it is then, and still mentions", async () => {
  const room = await scene();
  await room.deliver({ alerts: [firing] });
  await room.deliver({ alerts: [firing, { labels: { ...firing.labels, instance: "ofem" } }] });
  const sent = await room.send();
  expect(sent).toHaveLength(1);
  expect(bodyOf(sent[0])).toContain("2 firing");
  expect(sent[0]?.content["m.mentions"]).toEqual({ user_ids: [nadia] });
});

test("what ends before it went out is one line for all such, and it is shown again when it fires again", async () => {
  const room = await scene();
  await room.deliver({ alerts: [firing] });
  await room.deliver({ alerts: [{ ...firing, status: "resolved" }] });
  const sent = await room.send();
  expect(sent.map(bodyOf)).toEqual([expect.stringContaining("fired and ended before I could show it")]);
  expect(bodyOf(sent[0])).toContain("NodeDown");

  await room.deliver({ alerts: [{ ...firing, startsAt: start + 1000 }] });
  expect((await room.send()).map(bodyOf)).toEqual([expect.stringContaining("CRITICAL NodeDown")]);
});

test("a message that was taken away is written anew when there is news, and the old one is not linked", async () => {
  const room = await scene();
  const group = await room.deliver({ alerts: [firing] });
  await room.send();
  const presence = group.rooms[ops];
  if (presence === undefined) throw new Error("not shown");
  await room.store.write((tx) => room.living().show(tx, { ...group, rooms: { [ops]: { ...presence, gone: true } } }, [], ["somebody asked"]));
  const [fresh] = await room.send();
  expect(fresh?.relation).toBeUndefined();
  expect(bodyOf(fresh)).not.toContain("instead of");
});

test("another account cannot edit it: it writes a message of its own and links the old one", async () => {
  const room = await scene();
  await room.deliver({ alerts: [firing] });
  await room.send();
  room.become(parseUserId("@opsroom:new.example"));
  await room.deliver({ alerts: [{ ...firing, status: "resolved" }] });
  const [fresh] = await room.send();
  expect(fresh?.relation).toBeUndefined();
  expect(fresh?.content["formatted_body"]).toContain("matrix.to/#/!ops%3Aexample.org/%24event1");
});

test("300 changes are one message and a bounded thread", async () => {
  const room = await scene();
  for (let flip = 0; flip < 300; flip += 1) {
    await room.clock.advance(60_000);
    await room.deliver({ alerts: [{ ...firing, status: flip % 2 === 0 ? "firing" : "resolved", startsAt: start + flip }] });
    await room.send();
  }
  const group = await room.deliver({ alerts: [{ ...firing, startsAt: start + 400 }] });
  expect(group.rooms[ops]).toMatchObject({ number: 1 });
  expect(group.rooms[ops]?.log.page).toBeLessThanOrEqual(12);
  expect(newestKey(group.rooms[ops] ?? { key: "", edits: 0 })).toMatch(/\/e300$/u);
});

test("while no room is known it is kept, and shown when one is", async () => {
  const rooms = new Map<string, RoomId>();
  const room = await scene({ rooms });
  const group = await room.deliver({ alerts: [firing] });
  expect(await room.send()).toEqual([]);
  expect(await room.store.read.dueTimers(start + 60_000, 10)).toMatchObject([{ key: `show/${group.id}`, kind: "alert.show" }]);
});

test("a message that is in a room only because nobody knows another says so, also after it was edited", async () => {
  const room = await scene();
  await room.deliver({ alerts: [firing], routeLabels: { matrix_room: "attic" } });
  expect(bodyOf((await room.send())[0])).toContain("attic");
  await room.deliver({ alerts: [firing, { labels: { ...firing.labels, instance: "ofem" } }], routeLabels: { matrix_room: "attic" } });
  expect(bodyOf((await room.send())[0])).toContain("attic");
});
