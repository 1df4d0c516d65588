import { beforeAll, expect, test } from "vitest";
import { parseRoomId } from "../../../src/ids.ts";
import { messageIndex } from "../../../src/matrix/crypto/machine/message-index.ts";
import { bot, eve, inRoom, nadia, opsRoom, Peer, type RoomEvent } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";

let opsroom: Peer;
let event: RoomEvent;

beforeAll(async () => {
  const server = new KeysServer();
  opsroom = await Peer.start(server, bot);
  const phone = await Peer.start(server, nadia);
  event = await phone.encrypt(inRoom([bot, nadia]), "!status");
  await opsroom.sync();
});

const ciphertext = (): string => String(event.content["ciphertext"]);

test.each([
  ["no event at all", () => "hello", "malformed"],
  ["no content", () => ({ ...event, content: undefined }), "malformed"],
  ["an algorithm that nobody knows", () => ({ ...event, content: { ...event.content, algorithm: "m.megolm.v9" } }), "malformed"],
  ["Olm, which is for devices", () => ({ ...event, content: { ...event.content, algorithm: "m.olm.v1.curve25519-aes-sha2" } }), "malformed"],
  ["a ciphertext that is none", () => ({ ...event, content: { ...event.content, ciphertext: "AAAA" } }), "malformed"],
  ["a ciphertext that was changed", () => ({ ...event, content: { ...event.content, ciphertext: `${ciphertext().slice(0, -4)}AAAA` } }), "malformed"],
  ["more than an event may hold", () => ({ ...event, content: { ...event.content, ciphertext: ciphertext().repeat(400) } }), "malformed"],
  ["a session that nobody knows", () => ({ ...event, content: { ...event.content, session_id: "x" } }), "no-key"],
  ["another sender than the key's owner", () => ({ ...event, sender: eve.user }), "forged"],
])("%s is refused, and the next event is read", async (_what, make, why) => {
  expect(await opsroom.machine.decrypt(make(), opsRoom)).toMatchObject({ kind: "undecryptable", why });
  expect(await opsroom.read(event)).toBe("!status");
});

test("a message of another room is refused", async () => {
  const other = parseRoomId("!other:example.org");

  expect(await opsroom.machine.decrypt({ ...event, room_id: other }, other)).toMatchObject({ kind: "undecryptable" });
});

test("the same ciphertext again has the same session and number, by which a replay is known", async () => {
  const again = await opsroom.machine.decrypt({ ...event, event_id: "$replayed" }, opsRoom);

  expect(again).toMatchObject({ session: event.content["session_id"], messageIndex: 0 });
});

test("a message's number is read from the ciphertext alone, or not at all", () => {
  const bytes = (...given: readonly number[]): string => Buffer.from(given).toString("base64");

  expect(messageIndex(bytes(3, 8, 0x80, 0x01, 18))).toBe(128);
  expect(messageIndex(bytes(3, 8, 0xff, 0xff, 0xff, 0xff, 0x0f, 18))).toBe(2 ** 32 - 1);
  expect(messageIndex(bytes(4, 8, 1))).toBeUndefined();
  expect(messageIndex(bytes(3, 8, 0x80))).toBeUndefined();
  expect(messageIndex("")).toBeUndefined();
});
