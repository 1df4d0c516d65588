import { expect, test } from "vitest";
import { bot, inRoom, nadia, opsRoom, Peer } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";

/** Nadia's phone asks the bot to verify each other, up to the emojis. */
async function compared(): Promise<{ readonly opsroom: Peer; readonly phone: Peer; readonly flow: string }> {
  const server = new KeysServer();
  const [opsroom, phone] = [await Peer.start(server, bot), await Peer.start(server, nadia)];
  for (const peer of [opsroom, phone]) {
    await peer.machine.trackUsers([bot.user, nadia.user]);
    await peer.settle();
  }
  const asked = await phone.machine.verifications.ask(bot.user, bot.device);
  if (asked === undefined) throw new Error("the bot's device is not known");
  const { flow, send } = asked;
  await phone.send(send);

  expect((await opsroom.sync()).verifications).toEqual([{ user: nadia.user, flow }]);
  expect(await opsroom.machine.verifications.state(nadia.user, flow)).toMatchObject({ phase: "requested", weAsked: false });
  await opsroom.send(...(await opsroom.machine.verifications.accept(nadia.user, flow)));
  await phone.sync();
  await phone.send(...(await phone.machine.verifications.start(bot.user, flow)));
  await opsroom.sync();
  await opsroom.send(...(await opsroom.machine.verifications.start(nadia.user, flow)));
  for (const peer of [phone, opsroom, phone, opsroom]) await peer.sync();
  return { opsroom, phone, flow };
}

test("both see the same seven emojis, and when both confirm, what one says is verified for the other", async () => {
  const { opsroom, phone, flow } = await compared();
  const [ours, theirs] = [await opsroom.machine.verifications.state(nadia.user, flow), await phone.machine.verifications.state(bot.user, flow)];

  await phone.send(...(await phone.machine.verifications.confirm(bot.user, flow)));
  await opsroom.send(...(await opsroom.machine.verifications.confirm(nadia.user, flow)));
  const ended: unknown[] = [];
  for (const peer of [opsroom, phone, opsroom, phone]) {
    await peer.sync();
    ended.push((await opsroom.machine.verifications.state(nadia.user, flow))?.phase);
  }
  await phone.encrypt(inRoom([bot, nadia]), "the first contact");
  await opsroom.sync();
  await phone.machine.discardRoomKey(opsRoom);
  const question = await phone.encrypt(inRoom([bot, nadia]), "!status");
  await opsroom.sync();

  expect(ours?.emojis).toHaveLength(7);
  expect(ours?.emojis).toEqual(theirs?.emojis);
  expect(ended).toContain("done");
  expect(await opsroom.machine.devicesOf(nadia.user)).toMatchObject([{ device: nadia.device, signedByOwner: true, verified: true }]);
  expect(await opsroom.machine.decrypt(question, opsRoom)).toMatchObject({ trust: "verified" });
});

test("emojis that differ end it, and nobody is verified", async () => {
  const { opsroom, phone, flow } = await compared();

  await phone.send(...(await phone.machine.verifications.cancel(bot.user, flow, true)));
  await opsroom.sync();

  expect(await opsroom.machine.verifications.state(nadia.user, flow)).toMatchObject({
    phase: "cancelled",
    cancelled: { code: "m.mismatched_sas", byUs: false },
  });
  expect(await opsroom.machine.devicesOf(nadia.user)).toMatchObject([{ verified: false }]);
});

test("a verification that nobody began has no state, and nothing to send", async () => {
  const peer = await Peer.open(new KeysServer(), bot);

  expect(await peer.machine.verifications.state(nadia.user, "never")).toBeUndefined();
  expect(await peer.machine.verifications.accept(nadia.user, "never")).toEqual([]);
});
