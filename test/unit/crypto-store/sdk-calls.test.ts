/** The calls that matrix-bot-sdk 0.8.0 makes of the native binding, made by its own RustEngine and CryptoClient. */
import { expect, test } from "vitest";
import { EncryptedRoomEvent, LogLevel, LogService, MatrixClient, MemoryStorageProvider, RustSdkCryptoStorageProvider } from "matrix-bot-sdk";
import * as binding from "@matrix-org/matrix-sdk-crypto-nodejs";
import type { OutgoingRequest } from "../../../src/matrix/crypto/machine/outgoing.ts";
import { inRoom, nadia, opsRoom, bot, Peer, type RoomEvent } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const settings = { algorithm: "m.megolm.v1.aes-sha2", historyVisibility: "shared" };

LogService.setLevel(LogLevel.ERROR);

/** A client of the SDK whose homeserver is the {@link KeysServer}. */
async function sdkClient(server: KeysServer, folder: string): Promise<MatrixClient> {
  const storage = new RustSdkCryptoStorageProvider(folder, 0);
  const client = new MatrixClient("http://127.0.0.1:9", "token", new MemoryStorageProvider(), storage);
  const kinds = { upload: "keys-upload", query: "keys-query", claim: "keys-claim" } as const;
  client.getWhoAmI = async () => ({ user_id: bot.user, device_id: bot.device });
  client.getUserId = async () => bot.user;
  client.getJoinedRoomMembers = async () => [bot.user, nadia.user];
  const call = (request: Omit<Extract<OutgoingRequest, { method: string }>, "id" | "method" | "query">): unknown =>
    server.answer(bot, { id: undefined, method: "POST", query: {}, ...request });
  client.doRequest = async (_method: string, path: string, _query: unknown, body: Record<string, unknown>) => {
    const [, name] = /\/keys\/(upload|query|claim)$/u.exec(path) ?? [];
    if (name !== "upload" && name !== "query" && name !== "claim") throw new Error(`not expected: ${path}`);
    return call({ kind: kinds[name], path, body });
  };
  client.sendToDevices = async (type, messages) => {
    return fromServer(call({ kind: "to-device", path: `/_matrix/client/v3/sendToDevice/${encodeURIComponent(type)}/1`, body: { messages } }));
  };
  await storage.storeRoom(opsRoom, settings);
  await client.crypto.prepare([]);
  return client;
}

test("the SDK receives, decrypts, encrypts and signs with it, and is the same device after a restart", async () => {
  const server = new KeysServer();
  const folder = tempFolder();
  const client = await sdkClient(server, folder);
  const phone = await Peer.start(server, nadia);

  const question = await phone.encrypt(inRoom([bot, nadia]), "!status");
  const { toDevice } = server.sync(bot, true);
  await client.crypto.updateSyncData(fromServer(toDevice), { signed_curve25519: 49 }, fromServer(["signed_curve25519"]), [nadia.user], []);
  const asked = await client.crypto.decryptRoomEvent(encrypted(question), opsRoom);
  const answer = await client.crypto.encryptRoomEvent(opsRoom, "m.room.message", { msgtype: "m.text", body: "fine" });
  await phone.sync();
  const signed = await client.crypto.sign({ a: 1 });

  expect(asked.content).toMatchObject({ body: "!status" });
  expect(await phone.read({ ...phone.event({ ...answer }), sender: bot.user })).toBe("fine");
  expect(signed[bot.user]?.[`ed25519:${bot.device}`]).toMatch(/^[A-Za-z0-9+/]{86}$/u);
  expect(server.misdeeds).toEqual([]);
  await close(client);
  const again = await sdkClient(server, folder);
  expect(again.crypto.clientDeviceEd25519).toBe(client.crypto.clientDeviceEd25519);
  expect((await again.crypto.decryptRoomEvent(encrypted(question), opsRoom)).content).toMatchObject({ body: "!status" });
  await close(again);
});

test("what cannot be decrypted is an Error that says why", async () => {
  const server = new KeysServer();
  const client = await sdkClient(server, tempFolder());
  const phone = await Peer.start(server, nadia);
  const question = await phone.encrypt(inRoom([bot, nadia]), "!status");

  await expect(client.crypto.decryptRoomEvent(encrypted(question), opsRoom)).rejects.toMatchObject({ name: "MegolmDecryptionError", code: 0 });
  await close(client);
});

test("a file is encrypted and decrypted, and a changed one is refused", async () => {
  const { Attachment, EncryptedAttachment } = binding;
  const { encryptedData, mediaEncryptionInfo = "" } = Attachment.encrypt(Buffer.from("a picture"));
  const changed = Uint8Array.from(encryptedData, (byte, at) => (at === 0 ? byte ^ 1 : byte));

  expect(Buffer.from(Attachment.decrypt(new EncryptedAttachment(encryptedData, mediaEncryptionInfo))).toString()).toBe("a picture");
  expect(() => Attachment.decrypt(new EncryptedAttachment(changed, mediaEncryptionInfo))).toThrow(/hash|integrity|mismatch/iu);
  expect(() => new EncryptedAttachment(encryptedData, "{}")).toThrow(/./u);
});

test("a room whose algorithm nobody knows gets no key and no message", async () => {
  const machine = await binding.OlmMachine.initialize(new binding.UserId(bot.user), new binding.DeviceId(bot.device));
  const unknown = Object.assign(new binding.EncryptionSettings(), { algorithm: undefined });

  await expect(machine.shareRoomKey(new binding.RoomId(opsRoom), [], unknown)).rejects.toThrow(/other than m\.megolm\.v1/u);
  await machine.close();
});

test("ids that are none are refused, as by the binding", () => {
  expect(() => new binding.UserId("nadia")).toThrow(/not a Matrix user id/u);
  expect(() => new binding.RoomId("#ops:example.org")).toThrow(/not a Matrix room id/u);
});

/** As it comes from the homeserver: the SDK's types of it do not matter here. */
const fromServer = (value: unknown) => JSON.parse(JSON.stringify(value));

const encrypted = (event: RoomEvent): EncryptedRoomEvent => new EncryptedRoomEvent(fromServer(event));

async function close(client: MatrixClient): Promise<void> {
  const engine: unknown = Reflect.get(client.crypto, "engine");
  const machine: unknown = typeof engine === "object" && engine !== null ? Reflect.get(engine, "machine") : undefined;
  if (typeof machine === "object" && machine !== null && "close" in machine && typeof machine.close === "function")
    await Reflect.apply(machine.close, machine, []);
}
