import { expect, test } from "vitest";
import { parseUserId } from "../../../src/ids.ts";
import { bot, eve, inRoom, nadia, opsRoom, Peer } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const room = inRoom([bot, nadia]);

async function pair(): Promise<{ readonly server: KeysServer; readonly opsroom: Peer; readonly phone: Peer }> {
  const server = new KeysServer();
  const opsroom = await Peer.start(server, bot, tempFolder());
  const phone = await Peer.start(server, nadia);
  await opsroom.machine.trackUsers([bot.user, nadia.user]);
  await opsroom.settle();
  return { server, opsroom, phone };
}

test("a question and its answer are read on both sides, and who asked is known", async () => {
  const { opsroom, phone, server } = await pair();

  const question = await phone.encrypt(room, "!status");
  const { newKeys } = await opsroom.sync();
  const read = await opsroom.machine.decrypt(question, opsRoom);
  const answer = await opsroom.encrypt(room, "fine");
  await phone.sync();

  expect(newKeys).toEqual([{ room: opsRoom, session: question.content["session_id"] }]);
  expect(read).toMatchObject({ kind: "decrypted", type: "m.room.message", sender: nadia.user, device: nadia.device, trust: "signed", messageIndex: 0 });
  expect(await phone.read(answer)).toBe("fine");
  expect(server.misdeeds).toEqual([]);
});

test("the relation that stands outside of the ciphertext comes with the content", async () => {
  const { opsroom, phone } = await pair();
  const event = await phone.encrypt(room, "!status");
  await opsroom.sync();

  const read = await opsroom.machine.decrypt({ ...event, content: { ...event.content, "m.relates_to": { rel_type: "m.thread", event_id: "$t" } } }, opsRoom);

  expect(read).toMatchObject({ content: { body: "!status", "m.relates_to": { rel_type: "m.thread", event_id: "$t" } } });
});

test("a message whose key comes later is decrypted then", async () => {
  const { opsroom, phone } = await pair();
  const event = await phone.encrypt(room, "!status");

  expect(await opsroom.read(event)).toBe("no-key");
  await opsroom.sync();
  expect(await opsroom.read(event)).toBe("!status");
});

test("a sender whose keys nobody asked for counts as unsigned, until they are known", async () => {
  const server = new KeysServer();
  const [opsroom, phone] = [await Peer.start(server, bot), await Peer.start(server, nadia)];
  const event = await phone.encrypt(room, "!status");
  await opsroom.sync();
  const before = await opsroom.machine.decrypt(event, opsRoom);

  await opsroom.machine.trackUsers([nadia.user]);
  await opsroom.settle();

  expect([before, await opsroom.machine.decrypt(event, opsRoom)]).toMatchObject([{ trust: "unsigned" }, { trust: "signed" }]);
});

test("each message of a session has a number of its own, also beyond 127", async () => {
  const { opsroom, phone } = await pair();
  const long = inRoom([bot, nadia], { rotateAfterMessages: 1000 });
  const numbers = new Set<unknown>();

  for (let n = 0; n < 200; n += 1) {
    const event = await phone.encrypt(long, `${n}`);
    if (n === 0) await opsroom.sync();
    const read = await opsroom.machine.decrypt(event, opsRoom);
    if (read.kind === "decrypted") numbers.add(read.messageIndex);
  }

  expect([...numbers]).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test("the key of a room changes after as many messages as the room says", async () => {
  const { phone } = await pair();
  const sessions = new Set<unknown>();

  for (let n = 0; n < 9; n += 1) sessions.add((await phone.encrypt(inRoom([bot, nadia], { rotateAfterMessages: 3 }), "x")).content["session_id"]);

  expect(sessions.size).toBe(3);
});

test("who has left gets no later key", async () => {
  const { opsroom, phone, server } = await pair();
  const stranger = await Peer.start(server, eve);
  const before = await opsroom.encrypt(inRoom([bot, nadia, eve]), "with eve");
  await stranger.sync();

  const after = await opsroom.encrypt(room, "without her");
  await stranger.sync();
  await phone.sync();

  expect(await stranger.read(before)).toBe("with eve");
  expect(await stranger.read(after)).toBe("no-key");
  expect(await phone.read(after)).toBe("without her");
});

test("a device that its owner has not signed is shown as such, gets no key where the room wants signed ones, and is told", async () => {
  const { opsroom, server } = await pair();
  const stranger = await Peer.open(server, eve);
  await stranger.settle();
  const withEve = inRoom([bot, eve], { devices: "signed" });

  const question = await stranger.encrypt(inRoom([bot, eve]), "!status");
  await opsroom.sync();
  const answer = await opsroom.encrypt(withEve, "only for signed devices");
  const { withheld } = await stranger.sync();

  expect(await opsroom.machine.decrypt(question, opsRoom)).toMatchObject({ trust: "unsigned" });
  expect(await stranger.machine.decrypt(answer, opsRoom)).toMatchObject({ why: "no-key", withheld: { code: expect.stringContaining("m.un") } });
  expect(withheld).toMatchObject([{ room: opsRoom, by: bot.user, session: answer.content["session_id"] }]);
});

test("a homeserver of a member that does not answer keeps nobody from writing", async () => {
  const { opsroom, phone } = await pair();
  const away = inRoom([bot, nadia, { ...eve, user: parseUserId("@far:away.example") }]);
  const started = performance.now();
  let step = await opsroom.machine.encrypt(away, "m.room.message", { body: "hello" });
  let rounds = 0;
  while (step.kind === "send-first" && rounds < 10) {
    rounds += 1;
    for (const request of step.requests) {
      if (request.kind === "keys-query") {
        const keys = Object.fromEntries(Object.entries(request.body["device_keys"] ?? {}).filter(([user]) => !user.endsWith("away.example")));
        const answer = opsroom.ask({ ...request, body: { device_keys: keys } });
        await opsroom.machine.markSent(request, { ...answer, failures: { "away.example": { status: 503 } } });
      } else await opsroom.send(request);
    }
    step = await opsroom.machine.encrypt(away, "m.room.message", { body: "hello" });
  }
  await phone.sync();

  expect(step.kind).toBe("encrypted");
  expect(performance.now() - started).toBeLessThan(4000);
});
