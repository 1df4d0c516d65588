import { expect, test } from "vitest";
import { parseDeviceId } from "../../../src/ids.ts";
import type { Standing } from "../../../src/matrix/crypto/machine/identity.ts";
import { bot, Peer } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

async function standing(peer: Peer): Promise<Standing> {
  const query = await peer.machine.identity.query();
  const answer = peer.ask(query);
  await peer.machine.markSent(query, answer);
  return peer.machine.identity.judge(answer);
}

async function publish(peer: Peer): Promise<void> {
  for (const request of await peer.machine.identity.uploads()) await peer.send(request);
}

const well = { device: "ours", identity: "ours", deviceSigned: true } as const;

test("a new device has nothing on the server, then keys, then an identity that signs it", async () => {
  const peer = await Peer.open(new KeysServer(), bot);

  const first = await standing(peer);
  await peer.settle();
  const second = await standing(peer);
  await publish(peer);

  expect(first).toEqual({ device: "missing", identity: "none", deviceSigned: false });
  expect(second).toEqual({ device: "ours", identity: "none", deviceSigned: false });
  expect(await standing(peer)).toEqual(well);
});

test("keys that were made and not uploaded before the process was gone are uploaded by the next, not made anew", async () => {
  const [server, folder] = [new KeysServer(), tempFolder()];
  const before = await Peer.open(server, bot, folder);
  await before.settle();
  await before.machine.identity.uploads(); // and nobody sends them
  const made = await before.machine.identity.secrets();
  await before.machine.close();

  const after = await Peer.open(server, bot, folder);
  const found = await standing(after);
  await publish(after);

  expect(found).toMatchObject({ identity: "none" });
  expect(await after.machine.identity.secrets()).toEqual(made);
  expect(await standing(after)).toEqual(well);
});

test("a device that the server has forgotten is told from one that is not there yet by what was uploaded", async () => {
  const server = new KeysServer();
  const peer = await Peer.start(server, bot);

  server.forget(bot);

  expect(await standing(peer)).toMatchObject({ device: "missing", identity: "ours" });
  expect(await peer.machine.outgoing()).toEqual([]);
});

test("a store that lost its keys does not pass for the device it was", async () => {
  const server = new KeysServer();
  await Peer.start(server, bot);

  const impostor = await Peer.open(server, bot);

  expect(await standing(impostor)).toEqual({ device: "another", identity: "another", deviceSigned: true });
});

test("another device of the account takes the identity over from its secrets, and not from wrong ones", async () => {
  const server = new KeysServer();
  const old = await Peer.start(server, bot);
  const secrets = await old.machine.identity.secrets();
  const other = await (await Peer.start(new KeysServer(), bot)).machine.identity.secrets();
  const fresh = await Peer.open(server, { ...bot, device: parseDeviceId("NEW") });
  await fresh.settle();
  expect(await standing(fresh)).toEqual({ device: "ours", identity: "another", deviceSigned: false });
  if (secrets === undefined || other === undefined) throw new Error("no secrets");

  await expect(fresh.machine.identity.restore(other)).rejects.toThrow(/not the private keys|public/u);
  await fresh.machine.identity.restore(secrets);
  await publish(fresh);

  expect(await standing(fresh)).toEqual(well);
});
