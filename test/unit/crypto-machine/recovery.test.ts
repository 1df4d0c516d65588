import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { readRecoveryKey, writeRecoveryKey } from "../../../src/matrix/crypto/machine/recovery-key.ts";
import { decryptSecret, describeKey, encryptSecret, isKeyOf } from "../../../src/matrix/crypto/machine/secret-storage.ts";
import { bot, inRoom, nadia, opsRoom, Peer, type RoomEvent } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { isObject } from "../../../src/json.ts";

async function withMessages(): Promise<{ readonly server: KeysServer; readonly opsroom: Peer; readonly events: readonly RoomEvent[] }> {
  const server = new KeysServer();
  const opsroom = await Peer.start(server, bot);
  const phone = await Peer.start(server, nadia);
  const events: RoomEvent[] = [];
  for (let n = 0; n < 6; n += 1) events.push(await phone.encrypt(inRoom([bot, nadia], { rotateAfterMessages: 2 }), `${n}`));
  await opsroom.sync();
  return { server, opsroom, events };
}

test("a recovery key is read back however it is spaced, and a wrong character is found", () => {
  const key = randomBytes(32);
  const text = writeRecoveryKey(key);

  expect(text).toMatch(/^Es[A-Za-z0-9]{2}( [A-Za-z0-9]{1,4})+$/u);
  expect(readRecoveryKey(` ${text.replaceAll(" ", "\n")}`)).toEqual(Uint8Array.from(key));
  expect(readRecoveryKey(text.replace(/.$/u, (last) => (last === "2" ? "3" : "2")))).toBeUndefined();
  expect(readRecoveryKey("correct horse battery staple")).toBeUndefined();
  expect(readRecoveryKey("")).toBeUndefined();
});

test("a recovery key is written as other clients write it", () => {
  const key = Uint8Array.from(Buffer.from("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", "hex"));

  expect(writeRecoveryKey(key)).toBe("EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d");
});

test("a secret opens with its key and name only", () => {
  const key = randomBytes(32);
  const secret = encryptSecret(key, "m.megolm_backup.v1", "geheim", randomBytes);

  expect(decryptSecret(key, "m.megolm_backup.v1", secret)).toBe("geheim");
  expect(decryptSecret(key, "m.cross_signing.master", secret)).toBeUndefined();
  expect(decryptSecret(randomBytes(32), "m.megolm_backup.v1", secret)).toBeUndefined();
  expect(isKeyOf(key, describeKey(key, randomBytes))).toBe(true);
  expect(isKeyOf(randomBytes(32), describeKey(key, randomBytes))).toBe(false);
});

test("every key is backed up once, and a new device reads the past with the backup's key", async () => {
  const { server, opsroom, events } = await withMessages();
  const backup = await opsroom.machine.backup.create();
  await opsroom.machine.backup.enable(backup.privateKey, "1");
  const before = await opsroom.machine.backup.state();
  for (let request = await opsroom.machine.backup.next(); request !== undefined; request = await opsroom.machine.backup.next()) await opsroom.send(request);

  const fresh = await Peer.open(new KeysServer(), bot);
  const restored = await fresh.machine.backup.restore(backup.privateKey, "1", server.backedUp[0]);

  expect(backup.auth_data.signatures[bot.user]).toHaveProperty([`ed25519:${bot.device}`]);
  expect(before).toEqual({ version: "1", backedUp: 0, total: 3 });
  expect(await opsroom.machine.backup.state()).toEqual({ version: "1", backedUp: 3, total: 3 });
  expect(await opsroom.machine.backup.isOurs(backup.auth_data.public_key)).toBe(true);
  expect(server.backedUp).toHaveLength(1);
  expect(restored).toEqual({ imported: 3, total: 3 });
  expect(await Promise.all(events.map((event) => fresh.read(event)))).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(await fresh.machine.decrypt(events[0], opsRoom)).toMatchObject({ trust: "not-authentic" });
});

test("a backup made for another key gives nothing, and harms nothing", async () => {
  const { server, opsroom } = await withMessages();
  const backup = await opsroom.machine.backup.create();
  await opsroom.machine.backup.enable(backup.privateKey, "1");
  const request = await opsroom.machine.backup.next();
  if (request !== undefined) await opsroom.send(request);
  const other = await opsroom.machine.backup.create();

  const fresh = await Peer.open(new KeysServer(), bot);

  expect(await fresh.machine.backup.restore(other.privateKey, "1", server.backedUp[0])).toEqual({ imported: 0, total: 3 });
});

test("room keys go to a file and come back, with the right passphrase only", { timeout: 30_000 }, async () => {
  const { opsroom, events } = await withMessages();
  const file = await opsroom.machine.roomKeys.export("geheim");
  const fresh = await Peer.open(new KeysServer(), bot);

  await expect(fresh.machine.roomKeys.import(file, "geraten")).rejects.toThrow(/./u);
  expect(await fresh.machine.roomKeys.import(file, "geheim")).toEqual({ imported: 3, total: 3 });
  expect(await fresh.read(events[5])).toBe("5");
  expect(isObject(events[5]) && file.includes("session_key")).toBe(false);
});
