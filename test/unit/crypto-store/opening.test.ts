import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { openMachine, type OpenOptions } from "@matrix-org/matrix-sdk-crypto-nodejs";
import { inRoom, bot, nadia, Peer } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const fileIn = (folder: string): string => join(folder, "crypto.sqlite3");
const options = (folder: string, more: Partial<OpenOptions> = {}): OpenOptions => ({ ...bot, folder, ...more });

/** Made and closed. @returns its public key */
async function made(folder: string, more: Partial<OpenOptions> = {}): Promise<string> {
  const open = await openMachine(options(folder, more));
  const key = open.machine.identityKeys.ed25519.toBase64();
  await open.close();
  return key;
}

function change(folder: string, sql: string): void {
  const database = new Database(fileIn(folder));
  database.exec(sql);
  database.close();
}

test("the same keys are there again, in files that only their owner can read", async () => {
  const folder = join(tempFolder(), "new", "crypto");
  const open = await openMachine(options(folder));
  const modes = readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
  const key = open.machine.identityKeys.ed25519.toBase64();
  await open.close();

  expect(modes).toEqual(["600", "600"]);
  expect((statSync(folder).mode & 0o777).toString(8)).toBe("700");
  expect(await made(folder)).toBe(key);
});

test("a file that others could read is closed to them", async () => {
  const folder = tempFolder();
  await made(folder);
  chmodSync(fileIn(folder), 0o644);

  await made(folder);

  expect((statSync(fileIn(folder)).mode & 0o777).toString(8)).toBe("600");
});

test("a second process on the same store is refused, and so is a second opening in the same process", async () => {
  const folder = tempFolder();
  const open = await openMachine(options(folder));
  const script = `
    const { openMachine } = await import(${JSON.stringify(new URL("../../../vendor/matrix-sdk-crypto-nodejs/index.ts", import.meta.url))});
    await openMachine(${JSON.stringify(options(folder))}).then(() => console.log("opened"), (error) => console.log(error.fault, error.message, error.remedy));`;
  const other = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const again = openMachine(options(folder));

  await expect(again).rejects.toMatchObject({ fault: "locked" });
  expect(other.stdout).toMatch(/^locked .*in use by another process\. Only one process/u);
  expect(await open.run(async (machine) => machine.deviceId.toString())).toBe(bot.device);
  await open.close();
  await made(folder);
});

test.each([
  ["another device", { device: "OTHER" }, {}, "other-owner", /belongs to @opsroom:example.org on device BOT; .* device OTHER/u],
  ["another user", { user: "@other:example.org" }, {}, "other-owner", /access token is of @other:example.org/u],
  ["no passphrase where there is one", {}, { passphrase: "geheim" }, "passphrase", /none is configured/u],
  ["a passphrase where there is none", { passphrase: "geheim" }, {}, "passphrase", /made without a passphrase/u],
  ["a wrong passphrase", { passphrase: "geraten" }, { passphrase: "geheim" }, "passphrase", /does not open/u],
])("%s is refused in words, and changes nothing", async (_what, wrong, right, fault, words) => {
  const folder = tempFolder();
  const key = await made(folder, right);

  const error: unknown = await openMachine(options(folder, wrong)).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ name: "CryptoStoreError", fault, message: expect.stringMatching(words), remedy: expect.stringMatching(/\.$/u) });
  expect(String(error)).not.toMatch(/geheim|geraten/u);
  expect(await made(folder, right)).toBe(key);
});

test("with a passphrase neither keys nor the room's name stand in the file", async () => {
  const [open, shut] = [tempFolder(), tempFolder()];
  for (const [folder, passphrase] of [
    [open, undefined],
    [shut, "geheim"],
  ] as const) {
    const peer = await Peer.open(new KeysServer(), bot, folder, passphrase);
    await peer.settle();
    await peer.encrypt(inRoom([bot, nadia]), "hello");
    await peer.machine.close();
  }

  expect(readFileSync(fileIn(open)).includes("!ops:example.org")).toBe(true);
  expect(readFileSync(fileIn(shut)).includes("!ops:example.org")).toBe(false);
  expect(readFileSync(fileIn(open)).includes("pickled_session")).toBe(true);
  expect(readFileSync(fileIn(shut)).includes("initial_ratchet")).toBe(false);
});

test.each([
  ["rubbish", (folder: string) => writeFileSync(fileIn(folder), "x".repeat(8192))],
  ["cut off", (folder: string) => writeFileSync(fileIn(folder), readFileSync(fileIn(folder)).subarray(0, 20_000))],
  ["overwritten in the middle", (folder: string) => overwrite(fileIn(folder))],
  ["a database of something else", (folder: string) => change(folder, "PRAGMA application_id = 1")],
  ["with a record that was changed", (folder: string) => change(folder, "UPDATE idb_record SET value = zeroblob(length(value)) WHERE store = 'core'")],
  ["with a record moved to another key", (folder: string) => change(folder, "UPDATE idb_record SET key = key || ' ' WHERE store = 'core'")],
  ["without its description", (folder: string) => change(folder, "UPDATE idb_database SET stores = '['")],
  ["without its owner", (folder: string) => change(folder, "DELETE FROM about WHERE what = 'user'")],
])("a file that is %s is called damaged, and left as it is", async (_what, damage) => {
  const folder = tempFolder();
  await made(folder);
  damage(folder);
  const before = readFileSync(fileIn(folder));

  await expect(openMachine(options(folder))).rejects.toMatchObject({ fault: "corrupt", message: expect.stringMatching(/is damaged/u) });

  expect(readFileSync(fileIn(folder)).length).toBe(before.length);
});

function overwrite(file: string): void {
  const descriptor = openSync(file, "r+");
  for (let page = 1; page * 4096 < statSync(file).size; page += 1) writeSync(descriptor, Buffer.alloc(2048, 7), 0, 2048, page * 4096);
  closeSync(descriptor);
}

test.each([
  ["its own schema", "PRAGMA user_version = 99"],
  ["the library's schema", "UPDATE idb_database SET version = version + 1000"],
])("a store of a newer version, by %s, is left alone", async (_what, sql) => {
  const folder = tempFolder();
  await made(folder);
  change(folder, sql);

  await expect(openMachine(options(folder))).rejects.toMatchObject({ fault: "newer", message: expect.stringMatching(/newer version/u) });
});

test("a folder that is a file, and a file that is a folder, are said to be unusable", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "file"), "");
  mkdirSync(fileIn(folder));

  await expect(openMachine(options(join(folder, "file")))).rejects.toMatchObject({ fault: "unusable" });
  await expect(openMachine(options(folder))).rejects.toMatchObject({ fault: "unusable" });
});

test("a call that never comes back blocks nothing for ever", async () => {
  const open = await openMachine(options(tempFolder()));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());

  const stuck = open.run(() => new Promise(() => undefined)).catch((error: unknown) => error);
  const next = open.run((machine) => machine.outgoingRequests()).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(300_000);

  expect(await stuck).toMatchObject({ fault: "unusable", message: expect.stringMatching(/did not come back/u) });
  expect(await next).toMatchObject({ fault: "unusable" });
  await open.close();
});

test("when a write fails nothing is handed out that rests on it, and the machine is of no use until it is opened again", async () => {
  const folder = tempFolder();
  const peer = await Peer.open(new KeysServer(), bot, folder);
  await peer.settle();
  const full = await openMachine(options(tempFolder()));
  await full.close();
  await expect(full.run((machine) => machine.outgoingRequests())).rejects.toMatchObject({ fault: "closed" });
  await full.close();

  await peer.machine.close();
  change(folder, "CREATE TRIGGER full BEFORE INSERT ON idb_record BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const broken = await Peer.open(new KeysServer(), bot, folder);

  await expect(broken.encrypt(inRoom([bot, nadia]), "lost")).rejects.toMatchObject({ fault: "unusable" });
  await expect(broken.machine.outgoing()).rejects.toMatchObject({ fault: "unusable" });
  await broken.machine.close();
});
