import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { unreadTimer } from "../../../../src/chat/unread.ts";
import { parseRoomId } from "../../../../src/ids.ts";
import { EncryptingPerson } from "../../../support/encrypting-person.ts";
import { stage, type Stage } from "../../../support/encrypted-stage.ts";

const patient = { timeout: 10_000 };
const never = new AbortController().signal;

/** Everything that was handled, as the audit log has it, oldest first. */
async function handled({ store }: Stage): Promise<readonly string[]> {
  const rows = await store.read.audit({ limit: 50 });
  return rows.filter(({ action }) => action === "command" || action === "refused").map(({ outcome, detail }) => `${outcome}: ${detail}`);
}

test("a command in an encrypted room is run, and its answer can be read by whoever is there", async () => {
  const { nadia, room, me, start, hears, store } = await stage();
  await start();
  await expect.poll(async () => (await store.read.encryptedRooms()).length).toBe(1);

  await nadia.say(room, "!look");
  await hears((said) => said.includes("looked"));

  const answers = nadia.heard.filter(({ event }) => event.sender === me);
  expect(answers.map(({ encrypted }) => encrypted)).toEqual([true]);
  const audit = await store.read.audit({ limit: 10, subject: "look" });
  expect(audit.map(({ outcome, detail }) => ({ outcome, detail }))).toEqual([{ outcome: "ok", detail: `device ${nadia.device}, signed` }]);
});

test("what was said before the keys were there is run when its key comes late, and once", async () => {
  const at = await stage();
  const { nadia, room, start, hears, store } = at;
  await start();

  nadia.slow = true;
  await nadia.say(room, "!look");
  await expect.poll(async () => (await store.read.pendingEvents(10)).length, patient).toBe(0);
  expect(await handled(at)).toEqual([]);
  await nadia.release();

  await hears((said) => said.includes("looked"));
  await nadia.say(room, "!look");
  await hears((said) => said.length >= 2);
  expect(await handled(at)).toHaveLength(2);
});

test("whose key does not come is told so after a while, once for all messages of the session", async () => {
  const at = await stage();
  const { nadia, room, start, hears, store, me } = at;
  await start();
  nadia.slow = true;
  await nadia.say(room, "!look");
  await nadia.say(room, "!look");
  const session = String((await nadia.encrypt(room, {}))["session_id"]);
  await expect.poll(async () => (await store.read.waitingForKey({ room, session }, 10)).length, patient).toBe(2);

  await store.write((tx) => tx.setTimer(unreadTimer({ room, session }, 0)));

  await hears((said) => said.some((text) => text.includes("could not read 2 of your messages")));
  expect(nadia.said(me)).toHaveLength(1);
  expect(await store.read.waitingForKey({ room, session }, 10)).toEqual([]);
  await nadia.release();
  await nadia.say(room, "!look");
  await hears((said) => said.includes("looked"));
  expect(await handled(at)).toHaveLength(1);
});

test("the same ciphertext again, from the same sender or another, is not run again", async () => {
  const at = await stage();
  const { nadia, room, start, hears } = at;
  await start();
  const content = await nadia.encrypt(room, { msgtype: "m.text", body: "!look" });
  await nadia.put(room, content);
  await nadia.put(room, content);
  await nadia.say(room, "!look");

  await hears((said) => said.length >= 2);
  expect(await handled(at)).toHaveLength(2);
});

test.each([
  ["no algorithm", { ciphertext: "AwgA", session_id: "x" }],
  ["another algorithm", { algorithm: "m.olm.v1.curve25519-aes-sha2", ciphertext: {}, session_id: "x" }],
  ["ciphertext that is none", { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "!!!", session_id: "x", device_id: "D", sender_key: "k" }],
  ["nothing", {}],
])("an encrypted event with %s is refused, and holds nobody up", async (_, content) => {
  const at = await stage();
  const { nadia, room, start, hears } = at;
  await start();

  await nadia.put(room, content);
  await nadia.say(room, "!look");

  await hears((said) => said.includes("looked"));
  expect(await handled(at)).toHaveLength(1);
});

test("a command that was encrypted for another room is refused", async () => {
  const at = await stage();
  const { nadia, room, me, start, hears } = at;
  const other = await nadia.createRoom([me], true);
  const operators = { [nadia.user]: "admin" };
  await start({
    rooms: [
      { name: "ops", room, operators },
      { name: "other", room: other, operators },
    ],
  });
  await expect.poll(async () => (await nadia.api.members(other, never)).joined.length, patient).toBe(2);

  await nadia.put(room, await nadia.encrypt(other, { msgtype: "m.text", body: "!look" }));
  await nadia.say(room, "!look");

  await hears((said) => said.includes("looked"));
  expect(await handled(at)).toHaveLength(1);
});

test("a command from a device that its owner has not signed is refused in words, and run where the configuration accepts any", async () => {
  const at = await stage({ signed: false });
  const { nadia, room, start, hears } = at;
  const bot = await start();

  await nadia.say(room, "!look");
  await hears((said) => said.some((text) => text.includes("has not signed")));
  expect(await handled(at)).toEqual([expect.stringMatching(/^refused: the device \S+: unsigned; device \S+, unsigned$/u)]);

  await bot.stop();
  await start({ accept: "any" });
  await nadia.say(room, "!look");
  await hears((said) => said.includes("looked"));
});

test("a device that is signed after it was refused is heard", async () => {
  const at = await stage({ signed: false });
  const { nadia, room, start, hears } = at;
  await start();
  await nadia.say(room, "!look");
  await hears((said) => said.some((text) => text.includes("has not signed")));

  for (const request of await nadia.machine.identity.uploads()) await nadia.send(request);
  await nadia.machine.discardRoomKey(room);
  await expect
    .poll(
      async () => {
        await nadia.say(room, "!look");
        await nadia.sync(300);
        return nadia.said(at.me).includes("looked");
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(true);
});

test("a command in clear in an encrypted room is refused: the homeserver may have made it up", async () => {
  const at = await stage();
  const { nadia, room, start, hears } = at;
  await start();

  await nadia.put(room, { msgtype: "m.text", body: "!look" }, "m.room.message");

  await hears((said) => said.some((text) => text.includes("it came in clear")));
  expect(await handled(at)).toEqual(["refused: said in clear in an encrypted room"]);
});

test("a room that is encrypted while the bot is there gets nothing in clear from then on", async () => {
  const at = await stage({ encrypted: false });
  const { nadia, room, me, start, hears } = at;
  const bot = await start();
  await nadia.put(room, { msgtype: "m.text", body: "!look" }, "m.room.message");
  await hears((said) => said.includes("looked"));
  expect(bot.acting.crypto.standing().kind).toBe("idle");

  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`;
  await nadia.api.request({ method: "PUT", path, body: { algorithm: "m.megolm.v1.aes-sha2" } }, never);
  await bot.acting.tellRooms(randomUUID(), [{ text: "news" }]);
  await hears((said) => said.includes("news"));

  expect(nadia.heard.filter(({ event }) => event.sender === me).map(({ encrypted }) => encrypted)).toEqual([false, true]);
  await expect.poll(bot.acting.crypto.isReady, patient).toBe(true);
  await nadia.say(room, "!look");
  await hears((said) => said.filter((text) => text === "looked").length === 2);
});

test("a room that has to be encrypted and is not gets nothing, and the other rooms are told", async () => {
  const at = await stage({ encrypted: false });
  const { nadia, room, me, start, hears } = at;
  const other = await nadia.createRoom([me], true);
  const operators = { [nadia.user]: "admin" };
  const bot = await start({
    rooms: [
      { name: "ops", room, encrypted: "required", operators },
      { name: "other", room: other, operators },
    ],
  });

  await nadia.put(room, { msgtype: "m.text", body: "!look" }, "m.room.message");
  await bot.acting.tellRooms(randomUUID(), [{ text: "news" }]);

  await hears((said) => said.includes("news") && said.some((text) => text.includes("is not encrypted, and my configuration demands it")));
  await expect.poll(async () => await bot.acting.idle(), patient).toBe(true);
  expect(nadia.heard.filter(({ event, encrypted }) => event.sender === me && !encrypted)).toEqual([]);
});

test("after a kill the same device goes on: what was said meanwhile is run, and the identity is the same", async () => {
  const at = await stage();
  const { nadia, room, start, hears } = at;
  const first = await start();
  const key = async (): Promise<unknown> => (await first.acting.crypto.open()).keys;
  const before = await key();
  await nadia.say(room, "!look");
  await hears((said) => said.includes("looked"));
  await first.stop();

  await nadia.say(room, "!look");
  const second = await start();

  await hears((said) => said.length === 2);
  expect((await second.acting.crypto.open()).keys).toEqual(before);
  expect(await handled(at)).toHaveLength(2);
});

test("who left the room gets no later keys", async () => {
  const at = await stage();
  const { nadia, homeserver, room, me, start, hears } = at;
  const oleg = await EncryptingPerson.start(homeserver.baseUrl, homeserver.createUser("oleg").accessToken);
  await nadia.api.request({ method: "POST", path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`, body: { user_id: oleg.user } }, never);
  await oleg.api.join(room, never);
  const bot = await start();
  await bot.acting.tellRooms("1", [{ text: "before" }]);
  await hears((said) => said.includes("before"));
  await oleg.sync();
  expect(oleg.said(me)).toEqual(["before"]);

  await nadia.api.request({ method: "POST", path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/kick`, body: { user_id: oleg.user } }, never);
  await nadia.say(room, "!look");
  await hears((said) => said.includes("looked"));
  const secret = nadia.heard.findLast(({ event }) => event.sender === me)?.event;
  await oleg.sync();

  const raw = { event_id: secret?.eventId, sender: me, type: secret?.type, origin_server_ts: secret?.sentAt, room_id: room, content: secret?.content };
  expect(await oleg.machine.decrypt(raw, parseRoomId(room))).toMatchObject({ kind: "undecryptable", why: "no-key" });
});
