import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startHomeserver, type EmbeddedHomeserver, type Person } from "../../../../src/sandbox/homeserver/homeserver.ts";
import { chatClient, type ChatClient } from "../../../../src/sandbox/client.ts";

let folder: string;
let server: EmbeddedHomeserver;
let bot: Person;
let nadia: Person;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-key-faults-"));
  server = await open();
  [bot, nadia] = [server.createUser("opsroom"), server.createUser("nadia")];
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const open = async (): Promise<EmbeddedHomeserver> =>
  startHomeserver({ serverName: "opsroom.test", limits: "none", dataFile: join(folder, "homeserver.jsonl") });
const as = (person: Person): ChatClient => chatClient({ baseUrl: server.baseUrl, tries: 1, ...person });
const post = async (person: Person, path: string, body: unknown): Promise<unknown> => as(person).request("POST", `/_matrix/client/v3${path}`, body);
const sync = async (person: Person, since = ""): Promise<unknown> =>
  as(person).request("GET", `/_matrix/client/v3/sync${since === "" ? "" : `?since=${since}`}`);

const device = ({ userId, deviceId }: Person): unknown => ({
  algorithms: ["m.megolm.v1.aes-sha2"],
  user_id: userId,
  device_id: deviceId,
  keys: { [`ed25519:${deviceId}`]: "key" },
  signatures: {},
});
const oneTime = (id: string, key: string): unknown => ({ one_time_keys: { [`signed_curve25519:${id}`]: { key, signatures: {} } } });
const queryBot = async (): Promise<unknown> => post(nadia, "/keys/query", { device_keys: { [bot.userId]: [] } });
const claimBot = async (): Promise<unknown> => post(nadia, "/keys/claim", { one_time_keys: { [bot.userId]: { [bot.deviceId]: "signed_curve25519" } } });
const backup = async (): Promise<unknown> => post(bot, "/room_keys/version", { algorithm: "m.megolm_backup.v1", auth_data: { public_key: "p" } });
const sendToBot = async (n: number): Promise<unknown> => {
  const messages = { [bot.userId]: { [bot.deviceId]: { n } } };
  return as(nadia).request("PUT", `/_matrix/client/v3/sendToDevice/m.test/t${n}`, { messages });
};
const restartFromFile = async (): Promise<void> => {
  await server.close();
  server = await open();
};

async function publishEverything(): Promise<void> {
  await post(bot, "/keys/upload", { device_keys: device(bot), ...Object(oneTime("A", "first")), fallback_keys: { "signed_curve25519:F": "fallback" } });
  await backup();
  const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { s: 1 } };
  await as(bot).request("PUT", "/_matrix/client/v3/room_keys/keys/!r/s?version=1", key);
  await sendToBot(1);
}

const everything = {
  counts: { device_one_time_keys_count: { signed_curve25519: 1 }, device_unused_fallback_key_types: ["signed_curve25519"] },
  backup: { version: "1", etag: "1", count: 1 },
};

async function expectEverything(): Promise<void> {
  expect(await sync(bot)).toMatchObject({ ...everything.counts, to_device: { events: [{ type: "m.test", sender: nadia.userId, content: { n: 1 } }] } });
  expect(await queryBot()).toMatchObject({ device_keys: { [bot.userId]: { [bot.deviceId]: { keys: { [`ed25519:${bot.deviceId}`]: "key" } } } } });
  expect(await as(bot).request("GET", "/_matrix/client/v3/room_keys/version")).toMatchObject(everything.backup);
}

test("keys, messages to devices and backups outlive the process", async () => {
  await publishEverything();

  await restartFromFile();

  await expectEverything();
  expect(await claimBot()).toMatchObject({ one_time_keys: { [bot.userId]: { [bot.deviceId]: { "signed_curve25519:A": { key: "first" } } } } });
  await restartFromFile();
  expect(await claimBot()).toMatchObject({ one_time_keys: { [bot.userId]: { [bot.deviceId]: { "signed_curve25519:F": "fallback" } } } });
});

test("what a device has said that it has got does not come back with a new process", async () => {
  await sendToBot(1);
  const first = await sync(bot);
  await sync(bot, String(Object(first)["next_batch"]));
  await sendToBot(2);

  await restartFromFile();

  expect(await sync(bot)).toMatchObject({ to_device: { events: [{ content: { n: 2 } }] } });
});

test("a database put back offers keys that were given out and refuses those that came since, by the error that Synapse has for it", async () => {
  await publishEverything();
  const before = server.snapshotKeys();
  await claimBot();
  await post(bot, "/keys/upload", oneTime("B", "second"));
  await sync(bot, String(Object(await sync(bot))["next_batch"]));
  await as(bot).request("DELETE", "/_matrix/client/v3/room_keys/version/1");

  server.restoreKeys(before);

  await expectEverything();
  await restartFromFile();
  await expectEverything();
  expect(await claimBot()).toMatchObject({ one_time_keys: { [bot.userId]: { [bot.deviceId]: { "signed_curve25519:A": { key: "first" } } } } });
  await post(bot, "/keys/upload", oneTime("B", "not known any more"));
  server.restoreKeys(before);
  await expect(post(bot, "/keys/upload", oneTime("A", "made anew"))).rejects.toMatchObject({
    status: 400,
    errcode: "M_UNKNOWN",
    message: expect.stringContaining("One time key signed_curve25519:A already exists. Old key: "),
  });
});

test("a server that forgot a device's keys still knows its token", async () => {
  await publishEverything();

  server.forgetDeviceKeys(bot.userId, bot.deviceId);

  expect(await queryBot()).toMatchObject({ device_keys: { [bot.userId]: {} } });
  expect(await sync(bot)).toMatchObject({ device_one_time_keys_count: { signed_curve25519: 0 }, device_unused_fallback_key_types: [] });
});

test("a deleted device has no token, no keys and no messages, and the others are told", async () => {
  await publishEverything();
  const room = await as(nadia).createRoom({ preset: "public_chat" });
  await as(bot).join(room);
  const since = String(Object(await sync(nadia))["next_batch"]);

  server.deleteDevice(bot.userId, bot.deviceId);

  await expect(sync(bot)).rejects.toMatchObject({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
  expect(await sync(nadia, since)).toMatchObject({ device_lists: { changed: [bot.userId] } });
  expect(await queryBot()).not.toHaveProperty(["device_keys", bot.userId, bot.deviceId]);
});
