import { expect, onTestFinished, test } from "vitest";
import { isRoomId, parseRoomId, parseUserId, type RoomId, type UserId } from "../../../../src/ids.ts";
import type { MatrixApi } from "../../../../src/matrix/api.ts";
import { createMembership, type Membership } from "../../../../src/matrix/membership.ts";
import type { RoomNotice } from "../../../../src/matrix/membership/notices.ts";
import { createMatrixApi } from "../../../../src/matrix/sdk-api.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import { chatClient, roomPath, type ChatClient } from "../../../../src/sandbox/client.ts";
import { startHomeserver, type EmbeddedHomeserver } from "../../../../src/sandbox/homeserver/homeserver.ts";
import type { Store } from "../../../../src/store/store.ts";
import { manualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

interface Setting {
  readonly homeserver: EmbeddedHomeserver;
  readonly api: MatrixApi;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly me: UserId;
  readonly nadia: ChatClient;
  readonly mallory: ChatClient;
  readonly notices: RoomNotice[];
  /** Starts looking after `addresses`, where Nadia is an operator. */
  readonly start: (...addresses: readonly string[]) => Membership;
  /** The same, where they have to be encrypted. */
  readonly startDemanding: (...addresses: readonly string[]) => Membership;
  readonly joined: () => Promise<readonly RoomId[]>;
}

async function setting(): Promise<Setting> {
  const homeserver = await startHomeserver({ serverName: "example.org", limits: "none" });
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(running);
    await homeserver.close();
  });
  const person = (name: string): ChatClient => chatClient({ baseUrl: homeserver.baseUrl, ...homeserver.createUser(name) });
  const { userId, accessToken } = homeserver.createUser("opsroom");
  const api = await createMatrixApi({ homeserver: homeserver.baseUrl, accessToken });
  const nadia = person("nadia");
  const operators = new Set([parseUserId(nadia.userId)]);
  const notices: RoomNotice[] = [];
  const clock = manualClock();
  const store = await tempStore();
  return {
    homeserver,
    api,
    store,
    clock,
    me: parseUserId(userId),
    nadia,
    mallory: person("mallory"),
    notices,
    joined: async () => await api.joinedRooms(stopping.signal),
    start: (...addresses) => begin(addresses, false),
    startDemanding: (...addresses) => begin(addresses, true),
  };

  function begin(addresses: readonly string[], mustBeEncrypted: boolean): Membership {
    const membership = createMembership({
      api,
      store,
      account: parseUserId(userId),
      configured: () => addresses.map((address) => ({ name: "ops", address, mustBeEncrypted, operators })),
      operators: () => operators,
      clock,
      random: () => 1,
      log: silentLog,
      onNotice: async (notice) => {
        notices.push(notice);
      },
    });
    running.push(membership.run(stopping.signal));
    return membership;
  }
}

const kinds = (notices: readonly RoomNotice[]): string[] => notices.map(({ kind }) => kind);

test("an invitation into a configured room is followed, whoever sent it", async () => {
  const { nadia, mallory, me, start, joined } = await setting();
  const room = await nadia.createRoom({ invite: [mallory.userId] });
  await mallory.join(room);
  await mallory.invite(room, me);

  start(room);

  await expect.poll(joined).toEqual([room]);
});

test("an operator's invitation elsewhere is followed and told, a stranger's declined", async () => {
  const { nadia, mallory, me, start, joined, notices } = await setting();
  const friendly = await nadia.createRoom({ invite: [me] });
  const trap = await mallory.createRoom({ invite: [me] });

  start();

  await expect.poll(() => kinds(notices).toSorted()).toEqual(["declined", "invited-in"]);
  expect(notices).toContainEqual({ kind: "invited-in", room: friendly, by: nadia.userId });
  expect(notices).toContainEqual({ kind: "declined", room: trap, by: mallory.userId });
  expect(await joined()).toEqual([friendly]);
});

test("rooms where it must not be are left at the start; those with an operator in them are not", async () => {
  const { api, nadia, mallory, me, start, joined, notices } = await setting();
  const signal = new AbortController().signal;
  const friendly = await nadia.createRoom({ invite: [me] });
  const stray = await mallory.createRoom({ invite: [me] });
  for (const room of [friendly, stray]) await api.join(parseRoomId(room), signal);

  start();

  await expect.poll(() => notices).toEqual([{ kind: "left", room: stray }]);
  expect(await joined()).toEqual([friendly]);
});

test("an alias is resolved, and nobody need wait for it", async () => {
  const { nadia, me, start, joined } = await setting();
  const room = await nadia.createRoom({ invite: [me], room_alias_name: "ops" });

  const membership = start("#ops:example.org");
  await membership.resolved;

  expect(membership.rooms().map((each) => [each.name, each.room])).toEqual([["ops", room]]);
  await expect.poll(joined).toEqual([room]);
});

test("being kicked is said once, loudly, and entering is tried until somebody invites again", async () => {
  const { nadia, me, start, joined, notices, clock } = await setting();
  const room = await nadia.createRoom({ invite: [me] });
  const membership = start(room);
  await expect.poll(joined).toEqual([room]);

  await nadia.request("POST", `${roomPath(room)}/kick`, { user_id: me, reason: "cleaning" });
  membership.observe([{ kind: "left", room: parseRoomId(room), why: "kicked by Nadia: cleaning" }]);
  await expect.poll(() => notices).toEqual([{ kind: "lost", room, why: "kicked by Nadia: cleaning" }]);
  await clock.advance(60_000);
  expect(kinds(notices)).toEqual(["lost"]);

  await nadia.invite(room, me);
  await expect
    .poll(async () => {
      await clock.advance(600_000);
      return kinds(notices);
    })
    .toEqual(["lost", "back"]);
  expect(await joined()).toEqual([room]);
});

test("a configured room that it was never invited to is said to be missing", async () => {
  const { nadia, start, notices } = await setting();
  const room = await nadia.createRoom({});

  start(room);

  await expect.poll(() => kinds(notices)).toEqual(["lost"]);
});

test("an upgraded room of the same operators is followed, and stays followed", async () => {
  const { nadia, me, start, joined, notices, store } = await setting();
  const room = await nadia.createRoom({ invite: [me], room_version: "11" });
  const membership = start(room);
  await expect.poll(joined).toEqual([room]);

  const successor = await upgraded(nadia, room);
  await nadia.invite(successor, me);
  membership.observe([{ kind: "replaced", room: parseRoomId(room), successor: parseRoomId(successor) }]);

  await expect.poll(() => notices).toContainEqual({ kind: "followed", room, successor });
  await expect.poll(() => membership.rooms().map((each) => each.room)).toEqual([successor]);
  expect(await store.read.successorOf(parseRoomId(room))).toBe(successor);
  expect(kinds(notices)).not.toContain("left");
});

test("a successor that strangers rule is looked at, left again, and said loudly", async () => {
  const { nadia, mallory, me, start, joined, notices } = await setting();
  const room = await nadia.createRoom({ invite: [me] });
  const membership = start(room);
  await expect.poll(joined).toEqual([room]);

  const trap = await mallory.createRoom({ preset: "public_chat", creation_content: { predecessor: { room_id: room, event_id: "$any" } } });
  await nadia.request("PUT", `${roomPath(room)}/state/m.room.tombstone`, { body: "moved", replacement_room: trap });
  membership.observe([{ kind: "replaced", room: parseRoomId(room), successor: parseRoomId(trap) }]);

  await expect.poll(() => kinds(notices)).toEqual(["not-followed"]);
  expect(await joined()).toEqual([room]);
  expect(membership.rooms().map((each) => each.room)).toEqual([room]);
});

test("a successor that it cannot enter is said, once it is more than a moment late, and followed as soon as it can", async () => {
  const { nadia, me, start, joined, notices, clock } = await setting();
  const room = await nadia.createRoom({ invite: [me], room_version: "11" });
  const membership = start(room);
  await expect.poll(joined).toEqual([room]);

  const successor = await upgraded(nadia, room);
  membership.observe([{ kind: "replaced", room: parseRoomId(room), successor: parseRoomId(successor) }]);
  await expect
    .poll(async () => {
      await clock.advance(5000);
      return kinds(notices);
    })
    .toEqual(["not-followed"]);

  await nadia.invite(successor, me);
  membership.observe([{ kind: "invited", room: parseRoomId(successor), by: parseUserId(nadia.userId) }]);
  await expect.poll(() => membership.rooms().map((each) => each.room)).toEqual([successor]);
  expect(kinds(notices)).toEqual(["not-followed", "invited-in", "followed"]);
});

test("a room that has to be encrypted and is not is said loudly, until it is", async () => {
  const { nadia, me, startDemanding, notices } = await setting();
  const room = await nadia.createRoom({ invite: [me] });

  const membership = startDemanding(room);

  await expect
    .poll(() => {
      membership.lookAgain();
      return kinds(notices);
    })
    .toEqual(["not-encrypted"]);
});

test("of a room that has to be encrypted and is, nothing is said", async () => {
  const { nadia, me, startDemanding, notices, joined } = await setting();
  const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
  const room = await nadia.createRoom({ invite: [me], initial_state: [encryption] });

  const membership = startDemanding(room);

  await expect.poll(joined).toEqual([room]);
  membership.lookAgain();
  await expect.poll(() => membership.rooms().length).toBe(1);
  expect(kinds(notices)).toEqual([]);
});

async function upgraded(person: ChatClient, room: string): Promise<string> {
  const answer = await person.request("POST", `${roomPath(room)}/upgrade`, { new_version: "12" });
  const successor = typeof answer === "object" && answer !== null && "replacement_room" in answer ? answer.replacement_room : undefined;
  if (typeof successor !== "string" || !isRoomId(successor)) throw new Error("no successor");
  return successor;
}
