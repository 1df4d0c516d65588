/** What encryption costs: memory, opening, encrypting for many devices, decrypting, the size of the store. Each in a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDeviceId } from "../src/ids.ts";
import { bot, inRoom, nadia, Peer, type RoomEvent } from "../test/support/crypto-peers.ts";
import { KeysServer } from "../test/support/keys-server.ts";
import { fillSessions } from "./crypto-store.ts";
import { printTable, quantile } from "./table.ts";

const MiB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), "opsroom-crypto-"));
const storeMiB = (store: string): string => (statSync(join(store, "crypto.sqlite3")).size / MiB).toFixed(1);
const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** Runs `script` alone, and answers its last line. `gc` is there. */
function alone(script: string): Record<string, number> {
  const options = ["--expose-gc", "--disable-warning=DEP0060", "--input-type=module", "-e", `${script}\nconsole.log("\\n" + JSON.stringify(result));`];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8", cwd: import.meta.dirname });
  const line = stdout.trim().split("\n").at(-1);
  if (line === undefined || line === "") throw new Error(stderr);
  const figures: Record<string, number> = JSON.parse(line);
  return figures;
}

const resident = `(() => { gc(); return process.memoryUsage().rss / ${MiB}; })()`;

/** Opens a store in a fresh process. The reference is the same process before it. */
function opening(store: string, passphrase?: string): Record<string, number> {
  const options = JSON.stringify({ ...bot, folder: store, passphrase });
  return alone(`
    import { openCryptoMachine } from "../src/matrix/crypto/machine/open.ts";
    const before = ${resident}, started = performance.now();
    const machine = await openCryptoMachine(${options});
    const result = { ms: performance.now() - started, count: await machine.roomKeys.count() };
    await new Promise((resolve) => setTimeout(resolve, 1000));
    result.before = before; result.after = ${resident}; result.grown = result.after - before;`);
}

const importing = (what: string): Record<string, number> =>
  alone(
    `import { createRequire } from "node:module"; const started = performance.now(); createRequire(process.cwd() + "/")(${JSON.stringify(what)}); const result = { ms: performance.now() - started, rss: ${resident} };`,
  );

/** A store with so many inbound sessions, a hundred of them real. */
async function filled(count: number): Promise<string> {
  const store = join(folder, `with-${count}`);
  mkdirSync(store);
  const server = new KeysServer();
  const [opsroom, phone] = [await Peer.start(server, bot, store), await Peer.start(server, nadia)];
  const rotating = inRoom([bot, nadia], { rotateAfterMessages: 1 });
  for (let n = 0; n < 100; n += 1) await phone.encrypt(rotating, "x");
  await opsroom.sync();
  await opsroom.machine.close();
  fillSessions(join(store, "crypto.sqlite3"), count);
  return store;
}

async function forDevices(count: number): Promise<{ readonly firstMs: number; readonly requests: number; readonly nextMs: readonly number[] }> {
  const server = new KeysServer();
  const store = join(folder, `for-${count}`);
  mkdirSync(store);
  const opsroom = await Peer.start(server, bot, store);
  for (let n = 0; n < count; n += 1) await (await Peer.open(server, { ...nadia, device: parseDeviceId(`D${n}`) })).settle();
  const started = performance.now();
  const encryption = inRoom([bot, nadia]);
  let requests = 0;
  let step = await opsroom.machine.encrypt(encryption, "m.room.message", { body: "hello" });
  for (; step.kind === "send-first"; step = await opsroom.machine.encrypt(encryption, "m.room.message", { body: "hello" })) {
    requests += step.requests.length;
    await opsroom.send(...step.requests);
  }
  const firstMs = performance.now() - started;
  const nextMs: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const each = performance.now();
    await opsroom.machine.encrypt(encryption, "m.room.message", { body: "hello" });
    nextMs.push(performance.now() - each);
  }
  await opsroom.machine.close();
  return { firstMs, requests, nextMs };
}

async function decrypting(count: number, store: string | undefined): Promise<{ readonly ms: number; readonly grownMiB: number }> {
  const server = new KeysServer();
  if (store !== undefined) mkdirSync(store);
  const [opsroom, phone] = [await Peer.start(server, bot, store), await Peer.start(server, nadia)];
  await opsroom.machine.trackUsers([nadia.user]);
  await opsroom.settle();
  const events: RoomEvent[] = [];
  for (let n = 0; n < count; n += 1) events.push(await phone.encrypt(inRoom([bot, nadia]), `message ${n}`));
  await opsroom.sync();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  for (const event of events) if ((await opsroom.read(event)) === "no-key") throw new Error("a message could not be read");
  const took = performance.now() - started;
  const grownMiB = (process.memoryUsage().rss - before) / MiB;
  await opsroom.machine.close();
  return { ms: took, grownMiB };
}

const counts = [2000, 20_000];
try {
  const [sdk, empty] = [importing("matrix-bot-sdk"), importing("node:fs")];
  const fresh = opening(join(folder, "fresh"));
  const again = opening(join(folder, "fresh"));
  const sealed = opening(join(folder, "sealed"), "geheim");
  const rows = [
    {
      what: "importing the SDK (with Node's type stripping)",
      figure: `${ms(sdk["ms"] ?? 0)}, ${sdk["rss"]?.toFixed(0)} MiB`,
      reference: `bare Node ${empty["rss"]?.toFixed(0)} MiB`,
      wanted: "as before",
    },
    { what: "opening: a new device", figure: ms(fresh["ms"] ?? 0), reference: "", wanted: "" },
    {
      what: "opening: again",
      figure: `${ms(again["ms"] ?? 0)}, + ${again["grown"]?.toFixed(0)} MiB`,
      reference: `before ${again["before"]?.toFixed(0)} MiB`,
      wanted: "",
    },
    { what: "opening: with a passphrase", figure: ms(sealed["ms"] ?? 0), reference: ms(fresh["ms"] ?? 0), wanted: "" },
  ];
  for (const count of counts) {
    const store = await filled(count);
    const opened = opening(store);
    rows.push({
      what: `opening: ${opened["count"]} inbound sessions`,
      figure: `${ms(opened["ms"] ?? 0)}, ${opened["after"]?.toFixed(0)} MiB (+ ${opened["grown"]?.toFixed(0)}), file ${storeMiB(store)} MiB`,
      reference: `${ms(again["ms"] ?? 0)}, ${again["after"]?.toFixed(0)} MiB`,
      wanted: count > 2000 ? "2000 ms" : "",
    });
  }
  const [few, many] = [await forDevices(1), await forDevices(200)];
  rows.push({
    what: "first message for 200 devices",
    figure: `${ms(many.firstMs)}, ${many.requests} requests`,
    reference: `1 device ${ms(few.firstMs)}`,
    wanted: "",
  });
  rows.push({
    what: "each one after it",
    figure: `p50 ${ms(quantile(many.nextMs, 0.5))}, p99 ${ms(quantile(many.nextMs, 0.99))}`,
    reference: `1 device p50 ${ms(quantile(few.nextMs, 0.5))}`,
    wanted: "",
  });
  const [onDisk, inMemory] = [await decrypting(1000, join(folder, "decrypting")), await decrypting(1000, undefined)];
  rows.push({
    what: "decrypting 1,000 messages",
    figure: `${ms(onDisk.ms)}, + ${onDisk.grownMiB.toFixed(0)} MiB`,
    reference: `in memory ${ms(inMemory.ms)}`,
    wanted: "",
  });
  printTable("encryption", rows);
} finally {
  rmSync(folder, { recursive: true });
}
