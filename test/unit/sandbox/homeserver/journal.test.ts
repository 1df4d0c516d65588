import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startHomeserver } from "../../../../src/sandbox/homeserver/homeserver.ts";
import { chatClient, roomPath } from "../../../../src/sandbox/client.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-homeserver-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const open = (): ReturnType<typeof startHomeserver> =>
  startHomeserver({ serverName: "opsroom.test", limits: "none", dataFile: join(folder, "deep", "homeserver.jsonl") });

test("a homeserver with a data file goes on where it stopped: people, tokens, rooms, messages, sync tokens, transactions", async () => {
  const first = await open();
  const nadia = first.createUser("nadia", { displayName: "Nadia", password: "secret" });
  const before = chatClient({ baseUrl: first.baseUrl, ...nadia });
  const room = await before.createRoom({ name: "Ops", room_alias_name: "ops" });
  const message = await before.send(room, "m.room.message", { msgtype: "m.text", body: "kept" }, "t1");
  await before.react(room, message, "👍");
  const sync = await before.request("GET", "/_matrix/client/v3/sync");
  await first.close();

  const second = await open();
  const after = chatClient({ baseUrl: second.baseUrl, ...nadia });
  const since = typeof sync === "object" && sync !== null && "next_batch" in sync ? String(sync.next_batch) : "";
  const news = await after.sendText(room, "news");

  expect(await after.send(room, "m.room.message", { msgtype: "m.text", body: "kept" }, "t1")).toBe(message);
  expect(await after.request("GET", `${roomPath(room)}/event/${message}`)).toMatchObject({ content: { body: "kept" } });
  expect(await after.request("GET", "/_matrix/client/v3/directory/room/%23ops%3Aopsroom.test")).toMatchObject({ room_id: room });
  expect(await after.request("GET", `/_matrix/client/v3/sync?since=${since}`)).toMatchObject({
    rooms: { join: { [room]: { timeline: { events: [{ event_id: news }], limited: false } } } },
  });
  await second.close();
});

test("a last line that a kill cut off is dropped, and the rest is kept", async () => {
  const first = await open();
  const nadia = first.createUser("nadia");
  await first.close();
  await appendFile(join(folder, "deep", "homeserver.jsonl"), '{"kind":"user","userId":"@ol');

  const second = await open();
  const client = chatClient({ baseUrl: second.baseUrl, ...nadia });
  await client.createRoom({});
  await second.close();
  const third = await open();

  expect(await chatClient({ baseUrl: third.baseUrl, ...nadia }).request("GET", "/_matrix/client/v3/joined_rooms")).toMatchObject({
    joined_rooms: { length: 1 },
  });
  await third.close();
});

test("a file that is something else is refused", async () => {
  const file = join(folder, "other.jsonl");
  await writeFile(file, "hello\n");

  await expect(startHomeserver({ serverName: "opsroom.test", dataFile: file })).rejects.toThrow("other.jsonl:1");
});
