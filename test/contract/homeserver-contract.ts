/**
 * What the bot relies on in a homeserver. The same assertions run on the embedded one and on a real Synapse, so that the embedded
 * one cannot drift away from what it stands for.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { chatClient, ChatError, inThread, roomPath, type ChatClient } from "../../src/sandbox/client.ts";
import { listen } from "../../src/sandbox/listener.ts";

export interface ContractPerson {
  readonly userId: string;
  readonly accessToken: string;
}

export interface ContractServer {
  readonly baseUrl: string;
  /** `limited`: under Synapse's default rate limit (0.2/s, burst 10); else under none. */
  readonly makeUser: (
    localpart: string,
    options?: { readonly limited?: boolean; readonly admin?: boolean; readonly password?: string },
  ) => Promise<ContractPerson>;
  readonly close: () => Promise<void>;
}

const anyEvent = z.looseObject({ type: z.string(), content: z.looseObject({}), event_id: z.string().optional(), state_key: z.string().optional() });
const joinedRoom = z.looseObject({
  timeline: z.looseObject({ events: z.array(anyEvent), limited: z.boolean(), prev_batch: z.string() }),
  state: z.looseObject({ events: z.array(anyEvent) }),
});
const syncAnswer = z.looseObject({
  next_batch: z.string(),
  rooms: z
    .looseObject({
      join: z.record(z.string(), joinedRoom).optional(),
      invite: z.record(z.string(), z.looseObject({ invite_state: z.looseObject({ events: z.array(anyEvent) }) })).optional(),
      leave: z.record(z.string(), joinedRoom).optional(),
    })
    .optional(),
});
const page = z.looseObject({ chunk: z.array(anyEvent), end: z.string().optional() });

type SyncAnswer = z.infer<typeof syncAnswer>;
type Person = ChatClient & { readonly bearer: { readonly authorization: string } };

export function homeserverContract(name: string, start: () => Promise<ContractServer>): void {
  describe(`homeserver contract: ${name}`, () => {
    let server: ContractServer;
    let people = 0;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server.close();
    });

    const person = async (options: Parameters<ContractServer["makeUser"]>[1] = {}): Promise<Person> => {
      people += 1;
      const made = await server.makeUser(`person${people}-${Date.now()}`, options);
      return { ...chatClient({ baseUrl: server.baseUrl, tries: 1, ...made }), bearer: { authorization: `Bearer ${made.accessToken}` } };
    };
    const sync = async (client: ChatClient, query: Readonly<Record<string, string>> = {}): Promise<SyncAnswer> =>
      syncAnswer.parse(await client.request("GET", `/_matrix/client/v3/sync?${new URLSearchParams(query).toString()}`));
    const bodies = (events: readonly z.infer<typeof anyEvent>[]): unknown[] => events.map((event) => event.content["body"]);
    const refusal = async (act: Promise<unknown>): Promise<{ status: number; errcode: string | undefined }> => {
      const error: unknown = await act.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof ChatError)) throw new Error("this was not refused");
      return { status: error.status, errcode: error.errcode };
    };
    const twoInARoom = async (): Promise<{ alice: Person; bob: Person; room: string }> => {
      const [alice, bob] = [await person(), await person()];
      const room = await alice.createRoom({ preset: "public_chat" });
      await bob.join(room);
      return { alice, bob, room };
    };
    const state = async (client: ChatClient, room: string, type: string, key = ""): Promise<unknown> =>
      client.request("GET", `${roomPath(room)}/state/${type}/${encodeURIComponent(key)}`);

    describe("sending", () => {
      test("the same transaction again is the same event, and only one", async () => {
        const { alice, room } = await twoInARoom();
        const content = { msgtype: "m.text", body: "once" };
        const before = await sync(alice);

        const [first, again] = [await alice.send(room, "m.room.message", content, "t1"), await alice.send(room, "m.room.message", content, "t1")];
        const other = await alice.send(room, "m.room.message", content, "t2");

        expect(again).toBe(first);
        expect(other).not.toBe(first);
        const after = await sync(alice, { since: before.next_batch });
        expect(after.rooms?.join?.[room]?.timeline.events.map((event) => event.event_id)).toEqual([first, other]);
      });

      test("the same transaction at the same moment is the same event", async () => {
        const { alice, room } = await twoInARoom();
        const send = (): Promise<string> => alice.send(room, "m.room.message", { msgtype: "m.text", body: "once" }, "same");

        const ids = await Promise.all([send(), send(), send()]);

        expect(new Set(ids).size).toBe(1);
      });

      test("another device may use the same transaction id", async () => {
        const { alice, bob, room } = await twoInARoom();
        const content = { msgtype: "m.text", body: "mine" };

        expect(await alice.send(room, "m.room.message", content, "t1")).not.toBe(await bob.send(room, "m.room.message", content, "t1"));
      });

      test("only the sending device sees its transaction id", async () => {
        const { alice, bob, room } = await twoInARoom();
        const id = await alice.send(room, "m.room.message", { msgtype: "m.text", body: "hi" }, "mine");

        const seenBy = async (client: ChatClient): Promise<unknown> => client.request("GET", `${roomPath(room)}/event/${id}`);

        expect(await seenBy(alice)).toMatchObject({ event_id: id, room_id: room, sender: alice.userId, unsigned: { transaction_id: "mine" } });
        expect(await seenBy(bob)).not.toHaveProperty("unsigned.transaction_id");
      });

      test("an event over 65,536 bytes is refused, one just under it is taken", async () => {
        const { alice, room } = await twoInARoom();

        expect(await refusal(alice.sendText(room, "x".repeat(65_536)))).toEqual({ status: 413, errcode: "M_TOO_LARGE" });
        await alice.send(room, "m.room.message", { msgtype: "m.text", body: "x".repeat(64_700) });
        expect(await refusal(alice.send(room, "m.room.message", { msgtype: "m.text", body: "x".repeat(65_100) }))).toMatchObject({ status: 413 });
      });

      test("a message needs a body and a kind", async () => {
        const { alice, room } = await twoInARoom();

        expect(await refusal(alice.send(room, "m.room.message", { body: "no kind" }))).toEqual({ status: 400, errcode: "M_UNKNOWN" });
        expect(await refusal(alice.send(room, "m.room.message", { msgtype: "m.text" }))).toEqual({ status: 400, errcode: "M_UNKNOWN" });
      });

      test("who is not in the room cannot speak there, nor in a room that does not exist", async () => {
        const { room } = await twoInARoom();
        const stranger = await person();

        expect(await refusal(stranger.sendText(room, "hi"))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
        expect(await refusal(stranger.sendText("!nowhere", "hi"))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
      });
    });

    describe("relations", () => {
      test("the same reaction twice is refused, and works again once it was redacted", async () => {
        const { alice, bob, room } = await twoInARoom();
        const message = await alice.sendText(room, "vote");
        const reaction = await bob.react(room, message, "✅");

        expect(await refusal(bob.react(room, message, "✅"))).toEqual({ status: 400, errcode: "M_DUPLICATE_ANNOTATION" });
        await alice.react(room, message, "✅");
        await bob.react(room, message, "❌");
        await bob.redact(room, reaction);
        await bob.react(room, message, "✅");
      });

      test("what relates to a message can be listed by kind, and what was redacted is not there", async () => {
        const { alice, bob, room } = await twoInARoom();
        const message = await alice.sendText(room, "vote");
        const reaction = await bob.react(room, message, "✅");
        const edit = await alice.sendText(room, "* vote!", {
          "m.new_content": { msgtype: "m.text", body: "vote!" },
          "m.relates_to": { rel_type: "m.replace", event_id: message },
        });
        const reply = await bob.sendText(room, "in a thread", inThread(message));
        const list = async (rest: string): Promise<(string | undefined)[]> => {
          const answer = page.parse(await alice.request("GET", `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/relations/${message}${rest}`));
          return answer.chunk.map((event) => event.event_id);
        };

        expect(await list("")).toEqual([reply, edit, reaction]);
        expect(await list("/m.annotation/m.reaction")).toEqual([reaction]);
        await bob.redact(room, reaction);
        expect(await list("/m.annotation")).toEqual([]);
      });

      test("a relation to an event that is not there is refused, and so is a thread on a reaction", async () => {
        const { alice, room } = await twoInARoom();
        const reaction = await alice.react(room, await alice.sendText(room, "x"), "👍");

        expect(await refusal(alice.react(room, "$nothing", "👍"))).toMatchObject({ status: 400 });
        expect(await refusal(alice.sendText(room, "x", inThread(reaction)))).toMatchObject({ status: 400 });
      });

      test("somebody else's edit is stored as it is; whether it counts is for the reader", async () => {
        const { alice, bob, room } = await twoInARoom();
        const message = await alice.sendText(room, "mine");

        const edit = await bob.sendText(room, "* yours", { "m.relates_to": { rel_type: "m.replace", event_id: message } });

        expect(await alice.request("GET", `${roomPath(room)}/event/${edit}`)).toMatchObject({ sender: bob.userId });
      });

      test("a redacted event has no content and names what took it away", async () => {
        const { alice, bob, room } = await twoInARoom();
        const message = await alice.sendText(room, "secret");
        const redaction = await alice.redact(room, message, "slip");

        const event = await bob.request("GET", `${roomPath(room)}/event/${message}`);

        expect(event).toMatchObject({ content: {}, unsigned: { redacted_because: { event_id: redaction, content: { redacts: message, reason: "slip" } } } });
      });

      test("only a moderator redacts what others said", async () => {
        const { alice, bob, room } = await twoInARoom();
        const [hers, his] = [await alice.sendText(room, "hers"), await bob.sendText(room, "his")];

        expect(await refusal(bob.redact(room, hers))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
        await alice.redact(room, his);
      });
    });

    describe("sync", () => {
      test("more than ten events at once leave a gap, which /messages gives back exactly", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);
        const said = Array.from({ length: 34 }, (_, index) => `line ${index}`);
        for (const text of said) await alice.sendText(room, text);

        const answer = await sync(bob, { since });
        const timeline = answer.rooms?.join?.[room]?.timeline;
        const missed: unknown[] = [];
        let from = timeline?.prev_batch;
        while (from !== undefined) {
          const query = new URLSearchParams({ dir: "b", from, to: since, limit: "10" });
          const answer = page.parse(await bob.request("GET", `${roomPath(room)}/messages?${query.toString()}`));
          missed.push(...bodies(answer.chunk));
          from = answer.end;
        }

        expect(timeline?.limited).toBe(true);
        expect(bodies(timeline?.events ?? [])).toEqual(said.slice(-10));
        expect(missed.toReversed()).toEqual(said.slice(0, -10));
      });

      test("ten events leave no gap", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);
        for (let index = 0; index < 10; index += 1) await alice.sendText(room, String(index));

        expect((await sync(bob, { since })).rooms?.join?.[room]?.timeline).toMatchObject({ limited: false, events: { length: 10 } });
      });

      test("a filter chooses types, and its own limit", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);
        const message = await alice.sendText(room, "first");
        await alice.react(room, message, "👍");
        for (const text of ["second", "third"]) await alice.sendText(room, text);
        await alice.request("PUT", `${roomPath(room)}/state/m.room.name/`, { name: "Ops" });
        const filter = JSON.stringify({ room: { timeline: { limit: 2, types: ["m.room.message"] }, state: { types: ["m.room.name"] } } });

        const found = (await sync(bob, { since, filter })).rooms?.join?.[room];

        expect(found?.timeline.limited).toBe(true);
        expect(bodies(found?.timeline.events ?? [])).toEqual(["second", "third"]);
        expect(found?.state.events).toMatchObject([{ type: "m.room.name", content: { name: "Ops" } }]);
      });

      test("the first sync gives the end of the timeline and the state before it", async () => {
        const { alice, bob, room } = await twoInARoom();
        for (let index = 0; index < 12; index += 1) await alice.sendText(room, String(index));

        const found = (await sync(bob)).rooms?.join?.[room];

        expect(found?.timeline).toMatchObject({ limited: true, events: { length: 10 } });
        expect(found?.state.events.map((event) => event.type)).toEqual(expect.arrayContaining(["m.room.create", "m.room.power_levels", "m.room.join_rules"]));
        expect(found?.state.events.filter((event) => event.type === "m.room.member")).toHaveLength(2);
      });

      test("a long poll answers as soon as something is said, and with nothing when its time is over", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);
        const started = performance.now();

        const waiting = sync(bob, { since, timeout: "20000" });
        await alice.sendText(room, "wake up");
        const answer = await waiting;
        const quiet = await sync(bob, { since: answer.next_batch, timeout: "50" });

        expect(bodies(answer.rooms?.join?.[room]?.timeline.events ?? [])).toEqual(["wake up"]);
        expect(quiet.rooms).toBeUndefined();
        expect(performance.now() - started).toBeLessThan(5000);
      });

      test("a token from the future is taken as now", async () => {
        const { alice, room } = await twoInARoom();
        const { next_batch: now } = await sync(alice);
        const future = now.replace(/\d+/u, "999999999");

        const answer = await sync(alice, { since: future });
        await alice.sendText(room, "after");

        expect(bodies((await sync(alice, { since: answer.next_batch })).rooms?.join?.[room]?.timeline.events ?? [])).toEqual(["after"]);
      });

      test("the same sync asked again gives the same answer, even when more was said by then", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);
        await alice.sendText(room, "one");
        const first = await sync(bob, { since });
        await alice.sendText(room, "two");

        expect((await sync(bob, { since })).next_batch).toBe(first.next_batch);
        expect(bodies((await sync(bob, { since: first.next_batch })).rooms?.join?.[room]?.timeline.events ?? [])).toEqual(["two"]);
      });

      test("a token or a filter that cannot be read is refused", async () => {
        const alice = await person();

        expect(await refusal(sync(alice, { since: "nonsense" }))).toMatchObject({ status: 400 });
        expect(await refusal(sync(alice, { filter: "{nonsense" }))).toEqual({ status: 400, errcode: "M_NOT_JSON" });
      });

      test("typing and read receipts arrive and cost nothing", async () => {
        const { alice, bob, room } = await twoInARoom();
        const message = await bob.sendText(room, "read me");
        const { next_batch: since } = await sync(bob);

        await alice.request("POST", `${roomPath(room)}/receipt/m.read/${message}`, {});
        await alice.request("PUT", `${roomPath(room)}/typing/${encodeURIComponent(alice.userId)}`, { typing: true, timeout: 20_000 });

        const found = (await sync(bob, { since })).rooms?.join?.[room];
        expect(found?.["ephemeral"]).toEqual({
          events: expect.arrayContaining([
            { type: "m.typing", content: { user_ids: [alice.userId] } },
            { type: "m.receipt", content: { [message]: { "m.read": { [alice.userId]: { ts: expect.any(Number) } } } } },
          ]),
        });
      });
    });

    describe("membership", () => {
      test("an invite shows the room's name and who invites", async () => {
        const [alice, bob] = [await person(), await person()];
        const room = await alice.createRoom({ name: "Ops", invite: [bob.userId] });

        const events = (await sync(bob)).rooms?.invite?.[room]?.invite_state.events ?? [];

        expect(events.find((event) => event.type === "m.room.name")?.content).toEqual({ name: "Ops" });
        expect(events.find((event) => event.state_key === bob.userId)).toMatchObject({ sender: alice.userId, content: { membership: "invite" } });
      });

      test("who joins gets the room's past and state, with a gap before", async () => {
        const [alice, bob] = [await person(), await person()];
        const room = await alice.createRoom({ name: "Ops", invite: [bob.userId] });
        for (let index = 0; index < 12; index += 1) await alice.sendText(room, String(index));
        const { next_batch: since } = await sync(bob);

        await bob.join(room);

        const found = (await sync(bob, { since })).rooms?.join?.[room];
        expect(found?.timeline.limited).toBe(true);
        expect(found?.timeline.events.at(-1)).toMatchObject({ type: "m.room.member", state_key: bob.userId, content: { membership: "join" } });
        expect(found?.state.events.map((event) => event.type)).toContain("m.room.create");
      });

      test("who is kicked learns it as a room left, sees nothing after it, and cannot come back uninvited", async () => {
        const [alice, bob] = [await person(), await person()];
        const room = await alice.createRoom({ invite: [bob.userId] });
        await bob.join(room);
        const { next_batch: since } = await sync(bob);
        await alice.request("POST", `${roomPath(room)}/kick`, { user_id: bob.userId, reason: "test" });
        await alice.sendText(room, "behind your back");

        const answer = await sync(bob, { since });
        const past = page.parse(await bob.request("GET", `${roomPath(room)}/messages?dir=b&limit=1`));

        expect(answer.rooms?.join?.[room]).toBeUndefined();
        expect(answer.rooms?.leave?.[room]?.timeline.events.at(-1)).toMatchObject({
          sender: alice.userId,
          state_key: bob.userId,
          content: { membership: "leave", reason: "test" },
        });
        expect(past.chunk[0]).toMatchObject({ type: "m.room.member" });
        expect(await refusal(bob.join(room))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
        expect(await refusal(bob.sendText(room, "hello?"))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
        expect(await sync(bob, { since: answer.next_batch })).not.toHaveProperty("rooms.leave");
      });

      test("who is banned cannot join a public room until unbanned", async () => {
        const { alice, bob, room } = await twoInARoom();
        await alice.request("POST", `${roomPath(room)}/ban`, { user_id: bob.userId });

        expect(await refusal(bob.join(room))).toMatchObject({ status: 403 });
        await alice.request("POST", `${roomPath(room)}/unban`, { user_id: bob.userId });
        await bob.join(room);
      });

      test("nobody without power kicks", async () => {
        const { alice, bob, room } = await twoInARoom();

        expect(await refusal(bob.request("POST", `${roomPath(room)}/kick`, { user_id: alice.userId }))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
      });

      test("joined rooms are those one is in", async () => {
        const { bob, room } = await twoInARoom();

        expect(await bob.request("GET", "/_matrix/client/v3/joined_rooms")).toEqual({ joined_rooms: [room] });
        await bob.request("POST", `${roomPath(room)}/leave`, {});
        expect(await bob.request("GET", "/_matrix/client/v3/joined_rooms")).toEqual({ joined_rooms: [] });
        await bob.request("POST", `${roomPath(room)}/forget`, {});
      });
    });

    describe("rooms", () => {
      test("a room is of version 12: its id has no server part, and its creator does not stand in the power levels", async () => {
        const alice = await person();
        const room = await alice.createRoom({ name: "Ops" });

        expect(room).toMatch(/^![\w-]{43}$/u);
        expect(await state(alice, room, "m.room.create")).toEqual({ room_version: "12" });
        expect(await state(alice, room, "m.room.power_levels")).toMatchObject({ users: {}, events: { "m.room.tombstone": 150 } });
        const levels = { users: { [alice.userId]: 100 } };
        expect(await refusal(alice.request("PUT", `${roomPath(room)}/state/m.room.power_levels/`, levels))).toMatchObject({ status: 400 });
      });

      test("a room of version 11 has the server in its id and the creator in the power levels", async () => {
        const alice = await person();
        const room = await alice.createRoom({ room_version: "11" });

        expect(room).toMatch(/^![A-Za-z]+:.+$/u);
        expect(await state(alice, room, "m.room.power_levels")).toMatchObject({ users: { [alice.userId]: 100 } });
      });

      test("an additional creator may do what the creator may", async () => {
        const [alice, bob] = [await person(), await person()];
        const room = await alice.createRoom({ preset: "trusted_private_chat", invite: [bob.userId] });
        await bob.join(room);

        expect(await state(bob, room, "m.room.create")).toMatchObject({ additional_creators: [bob.userId] });
        await bob.request("PUT", `${roomPath(room)}/state/m.room.name/`, { name: "renamed" });
      });

      test("state that is not there is not found; setting the same state twice is one event", async () => {
        const { alice, room } = await twoInARoom();
        const name = (): Promise<unknown> => alice.request("PUT", `${roomPath(room)}/state/m.room.name/`, { name: "Ops" });

        expect(await refusal(state(alice, room, "m.room.encryption"))).toEqual({ status: 404, errcode: "M_NOT_FOUND" });
        expect(await name()).toEqual(await name());
        expect(await state(alice, room, "m.room.name")).toEqual({ name: "Ops" });
      });

      test("an alias leads to its room", async () => {
        const alice = await person();
        const localpart = `alias${Date.now()}`;
        const room = await alice.createRoom({ room_alias_name: localpart });
        const alias = `#${localpart}:${alice.userId.split(":")[1] ?? ""}`;

        expect(await alice.request("GET", `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`)).toMatchObject({ room_id: room });
        expect(await refusal(alice.request("GET", `/_matrix/client/v3/directory/room/${encodeURIComponent(alias.replace("#", "#no-"))}`))).toEqual({
          status: 404,
          errcode: "M_NOT_FOUND",
        });
      });

      test("an upgraded room has a tombstone that names the new one, which names the old one", async () => {
        const { alice, bob, room } = await twoInARoom();
        const { next_batch: since } = await sync(bob);

        const answer = await alice.request("POST", `${roomPath(room)}/upgrade`, { new_version: "12" });
        const next = z.object({ replacement_room: z.string() }).parse(answer).replacement_room;

        const events = (await sync(bob, { since })).rooms?.join?.[room]?.timeline.events ?? [];
        expect(events.find((event) => event.type === "m.room.tombstone")?.content["replacement_room"]).toBe(next);
        expect(await state(alice, next, "m.room.create")).toMatchObject({ predecessor: { room_id: room } });
        expect(await refusal(bob.sendText(room, "still here?"))).toMatchObject({ status: 403 });
        await bob.join(next);
      });
    });

    describe("limits and errors", () => {
      test("ten events at once, then 429 with the wait in header and body; a known transaction is answered all the same", async () => {
        const bob = await person({ limited: true });
        const alice = await person();
        const room = await alice.createRoom({ preset: "public_chat" });
        const joined = await bob.join(room);
        const message = await bob.send(joined, "m.room.message", { msgtype: "m.text", body: "1" }, "t1");
        await bob.react(room, message, "👍");
        await bob.sendText(room, "* 2", { "m.relates_to": { rel_type: "m.replace", event_id: message } });
        for (let index = 4; index < 10; index += 1) await bob.sendText(room, String(index));

        const response = await fetch(`${server.baseUrl}${roomPath(room)}/send/m.room.message/over`, {
          method: "PUT",
          headers: bob.bearer,
          body: JSON.stringify({ msgtype: "m.text", body: "over" }),
        });
        const body = z.object({ errcode: z.string(), retry_after_ms: z.number() }).parse(await response.json());

        expect(response.status).toBe(429);
        expect(body.errcode).toBe("M_LIMIT_EXCEEDED");
        expect(body.retry_after_ms).toBeGreaterThan(0);
        expect(body.retry_after_ms).toBeLessThanOrEqual(5000);
        expect(response.headers.get("retry-after")).toBe(String(Math.ceil(body.retry_after_ms / 1000)));
        expect(await bob.send(room, "m.room.message", { msgtype: "m.text", body: "1" }, "t1")).toBe(message);
        expect(await refusal(bob.react(room, message, "👎"))).toMatchObject({ status: 429 });
        expect(await refusal(bob.createRoom({}))).toMatchObject({ status: 429 });
        await bob.request("POST", `${roomPath(room)}/receipt/m.read/${message}`, {});
      });

      test("a token that is not known, and none at all", async () => {
        const nobody = chatClient({ baseUrl: server.baseUrl, userId: "@x:y", accessToken: "nonsense" });
        const response = await fetch(`${server.baseUrl}/_matrix/client/v3/account/whoami`);

        expect(await refusal(nobody.request("GET", "/_matrix/client/v3/account/whoami"))).toEqual({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ errcode: "M_MISSING_TOKEN" });
      });

      test("logging in gives a token of its own device, logging out ends it", async () => {
        const { userId } = await person({ password: "correct horse" });
        const attempt = async (password: string): Promise<Response> =>
          fetch(`${server.baseUrl}/_matrix/client/v3/login`, {
            method: "POST",
            body: JSON.stringify({ type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password, device_id: "BOT" }),
          });
        const good = await attempt("correct horse");
        const login = z.object({ access_token: z.string(), device_id: z.literal("BOT"), user_id: z.literal(userId) }).parse(await good.json());
        const client = chatClient({ baseUrl: server.baseUrl, userId, accessToken: login.access_token });

        expect((await attempt("wrong")).status).toBe(403);
        expect(await client.request("GET", "/_matrix/client/v3/account/whoami")).toMatchObject({ user_id: userId, device_id: "BOT" });
        await client.request("POST", "/_matrix/client/v3/logout", {});
        expect(await refusal(client.request("GET", "/_matrix/client/v3/account/whoami"))).toEqual({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
      });

      test("what is no JSON, no object, or no known path", async () => {
        const { alice, room } = await twoInARoom();
        const put = async (body: string): Promise<unknown> => {
          const response = await fetch(`${server.baseUrl}${roomPath(room)}/send/m.room.message/bad`, { method: "PUT", headers: alice.bearer, body });
          return [response.status, z.looseObject({ errcode: z.string() }).parse(await response.json()).errcode];
        };

        expect(await put("{")).toEqual([400, "M_NOT_JSON"]);
        expect(await put("[1]")).toEqual([400, "M_BAD_JSON"]);
        expect(await refusal(alice.request("GET", "/_matrix/client/v3/nothing"))).toEqual({ status: 404, errcode: "M_UNRECOGNIZED" });
      });

      test("only a server admin sees rate-limit overrides", async () => {
        const [alice, admin] = [await person(), await person({ admin: true })];
        const path = (user: string): string => `/_synapse/admin/v1/users/${encodeURIComponent(user)}/override_ratelimit`;

        expect(await refusal(alice.request("GET", path(alice.userId)))).toEqual({ status: 403, errcode: "M_FORBIDDEN" });
        expect(await admin.request("POST", path(alice.userId), { messages_per_second: 5, burst_count: 20 })).toEqual({
          messages_per_second: 5,
          burst_count: 20,
        });
        expect(await admin.request("GET", path(alice.userId))).toEqual({ messages_per_second: 5, burst_count: 20 });
        await admin.request("DELETE", path(alice.userId));
        expect(await admin.request("GET", path(alice.userId))).toEqual({});
      });

      test("a file is downloaded only by who is logged in", async () => {
        const alice = await person();
        const upload = await fetch(`${server.baseUrl}/_matrix/media/v3/upload?filename=chart.png`, {
          method: "POST",
          headers: { ...alice.bearer, "content-type": "image/png" },
          body: new Uint8Array([1, 2, 3]),
        });
        const { content_uri: uri } = z.object({ content_uri: z.string().startsWith("mxc://") }).parse(await upload.json());
        const where = uri.slice("mxc://".length);
        const download = await fetch(`${server.baseUrl}/_matrix/client/v1/media/download/${where}`, { headers: alice.bearer });

        expect(download.headers.get("content-type")).toBe("image/png");
        expect([...new Uint8Array(await download.arrayBuffer())]).toEqual([1, 2, 3]);
        expect((await fetch(`${server.baseUrl}/_matrix/client/v1/media/download/${where}`)).status).toBe(401);
        expect((await fetch(`${server.baseUrl}/_matrix/media/v3/download/${where}`)).status).toBe(404);
      });

      test("a server says its versions", async () => {
        const versions = await fetch(`${server.baseUrl}/_matrix/client/versions`);
        const federation = await fetch(`${server.baseUrl}/_matrix/federation/v1/version`);

        expect(z.looseObject({ versions: z.array(z.string()) }).parse(await versions.json()).versions).toContain("v1.11");
        expect(await federation.json()).toMatchObject({ server: { name: "Synapse" } });
      });
    });

    test("a listener hears every message once and in order, gaps read back", async () => {
      const { alice, bob, room } = await twoInARoom();
      const listener = await listen(bob, room, { timelineLimit: 3 });
      const said = Array.from({ length: 40 }, (_, index) => `line ${index}`);
      for (const text of said) await alice.sendText(room, text);

      await listener.waitFor((event) => event.content["body"] === said.at(-1));

      expect(listener.heard().map((event) => event.content["body"])).toEqual(said);
      await listener.close();
    });
  });
}
