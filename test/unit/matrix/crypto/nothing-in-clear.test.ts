import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OpsroomError } from "../../../../src/errors.ts";
import { parseEventId, type EventId } from "../../../../src/ids.ts";
import type { CryptoMachine } from "../../../../src/matrix/crypto/machine/machine.ts";
import { createCryptoPart, type CryptoPart } from "../../../../src/matrix/crypto/part/part.ts";
import { openCryptoMachine } from "../../../../src/matrix/crypto/machine/open.ts";
import { MatrixFailure } from "../../../../src/matrix/failure.ts";
import { deliver } from "../../../../src/matrix/outbox/deliver.ts";
import { readSyncAnswer } from "../../../../src/matrix/sync/answer.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import { openStore } from "../../../../src/store/open.ts";
import type { OutgoingMessage, Store } from "../../../../src/store/store.ts";
import { bot, nadia, opsRoom, Peer } from "../../../support/crypto-peers.ts";
import { KeysServer } from "../../../support/keys-server.ts";
import { deaths, Killed, killableStore, type Death, type KillableStore } from "../../../support/killable-store.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** Calls of the homeserver that may fail. */
const calls = ["state", "members", "request", "send"] as const;

type Act =
  | { readonly kind: "say" | "edit" | "thread" | "react" | "deliver" | "switch on" | "sync" | "state spoilt" | "state mended" | "back up" | "restore" }
  | { readonly kind: "fail"; readonly call: (typeof calls)[number]; readonly replyLost: boolean }
  | { readonly kind: "kill"; readonly writes: number; readonly death: Death };

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("say" as const, "edit" as const, "thread" as const, "react" as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("deliver" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("switch on" as const, "sync" as const, "state spoilt" as const, "state mended" as const, "back up" as const, "restore" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("fail" as const), call: fc.constantFrom(...calls), replyLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const), writes: fc.integer({ min: 0, max: 3 }), death: fc.constantFrom(...deaths) }) },
);

interface Arrived {
  readonly id: EventId;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A homeserver with one room, the bot's database in a folder, and a process that may be killed at each of its writes. */
class World {
  readonly arrived = new Map<string, Arrived>();
  readonly wrongs: string[] = [];
  encrypted = false;
  restored = false;
  /** What the homeserver answers when it is asked for the room's state. */
  state: "as it is" | "spoilt" = "as it is";
  now = Date.UTC(2026, 5, 12);
  readonly failing: { call: string; replyLost: boolean }[] = [];
  readonly server = new KeysServer();
  readonly folder = tempFolder();
  #machine: CryptoMachine | undefined;
  store: Store | undefined;
  killable: KillableStore | undefined;
  part: CryptoPart | undefined;
  syncs = 0;
  said = 0;

  async start(): Promise<void> {
    const store = await openStore({ kind: "sqlite", file: this.#file("db"), outboxLimit: 1000, log: silentLog, clock: { now: () => this.now } });
    await store.lease.acquire("test", 10 ** 12);
    this.store = store;
    this.killable = killableStore(store, async () => undefined);
    this.part = createCryptoPart({
      api: {
        state: async (_, type) => this.#call("state", () => this.#stateOf(type)),
        members: async () => this.#call("members", () => ({ joined: [bot.user, nadia.user], invited: [] })),
        request: async (call) =>
          this.#call("request", () =>
            this.server.answer(bot, { kind: kindOf(call.path), id: "x", query: {}, body: call.body ?? {}, method: "POST", path: call.path }),
          ),
        send: async (_, type, transaction, content) => this.take(type, transaction, content),
      },
      store: this.killable.store,
      account: bot.user,
      device: bot.device,
      // The keys are in memory and outlive a kill, as they do on a disk.
      openMachine: async () => (this.#machine ??= await outliving()),
      folder: undefined,
      clock: { now: () => this.now, sleep: async () => undefined },
      random: () => 1,
      log: silentLog,
      accept: "signed",
      mustBeEncrypted: () => false,
      onKeys: () => undefined,
      onFault: () => undefined,
    });
  }

  async restart(): Promise<void> {
    await there(this.store)[Symbol.asyncDispose]();
    await this.start();
  }

  #file(name: string): string {
    return join(this.folder, name);
  }

  async backUp(): Promise<void> {
    await there(this.store)[Symbol.asyncDispose]();
    for (const end of ["", "-wal", "-shm"]) if (existsSync(this.#file(`db${end}`))) copyFileSync(this.#file(`db${end}`), this.#file(`copy${end}`));
    await this.start();
  }

  async restore(): Promise<void> {
    if (!existsSync(this.#file("copy"))) return;
    this.restored = true;
    await there(this.store)[Symbol.asyncDispose]();
    for (const end of ["", "-wal", "-shm"]) {
      rmSync(this.#file(`db${end}`), { force: true });
      if (existsSync(this.#file(`copy${end}`))) copyFileSync(this.#file(`copy${end}`), this.#file(`db${end}`));
    }
    await this.start();
  }

  #stateOf(type: string): unknown {
    if (type !== "m.room.encryption") return { history_visibility: "shared" };
    if (!this.encrypted) return undefined;
    return this.state === "as it is" ? { algorithm: "m.megolm.v1.aes-sha2", rotation_period_msgs: 3 } : {};
  }

  #call<T>(name: string, act: () => T): T {
    const at = this.failing.findIndex(({ call }) => call === name);
    const [failing] = at < 0 ? [] : this.failing.splice(at, 1);
    if (failing?.replyLost === false) throw new MatrixFailure("unreachable", "502");
    const result = act();
    if (failing !== undefined) throw new MatrixFailure("unreachable", "the reply was lost");
    return result;
  }

  take(type: string, transaction: string, content: Readonly<Record<string, unknown>>): EventId {
    return this.#call("send", () => {
      const before = this.arrived.get(transaction);
      if (before !== undefined) {
        // A database that was put back has forgotten what was sent.
        if (!this.restored && before.type === type && JSON.stringify(before.content) !== JSON.stringify(content))
          this.wrongs.push(`${transaction} was sent with another content`);
        return before.id;
      }
      if (type === "m.room.message" && this.encrypted) this.wrongs.push(`in clear: ${JSON.stringify(content)}`);
      const id = parseEventId(`$${this.arrived.size + 1}`);
      this.arrived.set(transaction, { id, type, content });
      return id;
    });
  }

  async queue(kind: "say" | "edit" | "thread" | "react"): Promise<void> {
    const first = { key: "m1" };
    this.said += 1;
    const key = `m${this.said}`;
    const message: OutgoingMessage = { key, room: opsRoom, lane: "answer", type: "m.room.message", content: { msgtype: "m.notice", body: key } };
    const relations = {
      edit: { kind: "edit", of: first },
      thread: { kind: "thread", root: first },
      react: { kind: "reaction", to: first, emoji: "👀" },
    } as const;
    if (kind === "say" || this.said === 1) await this.write(message);
    else await this.write({ ...message, ...(kind === "react" ? { type: "m.reaction", content: {} } : {}), relation: relations[kind] });
  }

  async write(message: OutgoingMessage): Promise<void> {
    await there(this.killable).store.write((tx) => tx.enqueue(message, this.now));
  }

  async sync(): Promise<void> {
    const encryption = {
      event_id: "$e",
      sender: nadia.user,
      type: "m.room.encryption",
      state_key: "",
      origin_server_ts: 1,
      content: this.#stateOf("m.room.encryption") ?? {},
    };
    const changes = this.server.sync(bot, true);
    this.syncs += 1;
    const answer = readSyncAnswer(
      {
        next_batch: `s${this.syncs}`,
        to_device: { events: changes.toDevice },
        device_lists: { changed: changes.changed, left: [] },
        device_one_time_keys_count: changes.oneTimeKeys,
        device_unused_fallback_key_types: changes.unusedFallbackKeys,
        rooms: { join: { [opsRoom]: { timeline: { events: this.encrypted ? [encryption] : [] }, state: { events: [] } } } },
      },
      bot.user,
    );
    await there(this.part).receive(there(answer), false);
  }

  /** As the sender does it: one message. */
  async deliver(): Promise<boolean> {
    this.now += 60_000;
    await there(this.part).attend(never).catch(healing);
    const { store } = there(this.killable);
    const [row] = await store.read.sendable(this.now, 1);
    if (row === undefined) return false;
    const nothing = (): void => undefined;
    const metrics = { messageSent: nothing, rateLimited: nothing, apiFailure: nothing };
    const api = {
      send: async (_: unknown, type: string, transaction: string, content: Readonly<Record<string, unknown>>) => this.take(type, transaction, content),
      redact: async () => parseEventId("$none"),
      joinedRooms: async () => [],
    };
    const clock = { now: () => this.now, sleep: async () => undefined };
    await deliver(row, { api, store, envelopes: there(this.part).envelopes, clock, random: () => 0, log: silentLog, metrics }, never);
    return true;
  }

  async close(): Promise<void> {
    await there(this.store)[Symbol.asyncDispose]();
  }
}

const never = new AbortController().signal;

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not started");
  return value;
}

/** Its memory is what a disk would have: closing does not lose it. */
async function outliving(): Promise<CryptoMachine> {
  const machine = await openCryptoMachine({ ...bot, folder: undefined, passphrase: undefined });
  machine.close = async () => undefined;
  return machine;
}

function healing(error: unknown): void {
  if (!(error instanceof MatrixFailure || error instanceof OpsroomError)) throw error;
}

function kindOf(path: string): "keys-upload" | "keys-query" | "keys-claim" | "to-device" {
  if (path.endsWith("/upload")) return "keys-upload";
  if (path.endsWith("/query")) return "keys-query";
  return path.endsWith("/claim") ? "keys-claim" : "to-device";
}

async function perform(world: World, act: Act): Promise<void> {
  switch (act.kind) {
    case "say":
    case "edit":
    case "thread":
    case "react":
      await world.queue(act.kind);
      return;
    case "deliver":
      await world.deliver();
      return;
    case "switch on":
      world.encrypted = true;
      return;
    case "sync":
      await world.sync();
      return;
    case "state spoilt":
      world.state = "spoilt";
      return;
    case "state mended":
      world.state = "as it is";
      return;
    case "back up":
      await world.backUp();
      return;
    case "restore":
      await world.restore();
      return;
    case "fail":
      world.failing.push({ call: act.call, replyLost: act.replyLost });
      return;
    case "kill":
      there(world.killable).killAt(act.writes, act.death);
      return;
    default:
      act satisfies never;
  }
}

/** Each is how one of the ways to fail open would be seen: a state that cannot be read, a message sealed before, a restart in between. */
const examples: Act[][] = [
  [{ kind: "switch on" }, { kind: "say" }, { kind: "fail", call: "state", replyLost: false }, { kind: "deliver" }, { kind: "deliver" }],
  [{ kind: "fail", call: "send", replyLost: false }, { kind: "say" }, { kind: "deliver" }, { kind: "switch on" }, { kind: "deliver" }],
  [{ kind: "say" }, { kind: "kill", writes: 1, death: "after" }, { kind: "deliver" }, { kind: "switch on" }, { kind: "sync" }, { kind: "deliver" }],
  [{ kind: "back up" }, { kind: "switch on" }, { kind: "sync" }, { kind: "restore" }, { kind: "say" }, { kind: "state spoilt" }, { kind: "deliver" }],
  [
    { kind: "say" },
    { kind: "deliver" },
    { kind: "switch on" },
    { kind: "edit" },
    { kind: "react" },
    { kind: "thread" },
    { kind: "deliver" },
    { kind: "deliver" },
  ],
];

test(
  "whatever fails, is killed or put back: nothing is said in clear in an encrypted room, and no transaction is two events",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 5, maxLength: 40 }), async (sequence) => {
        const world = new World();
        const reader = await Peer.start(world.server, nadia);
        await world.start();
        for (const act of sequence) {
          try {
            await perform(world, act);
          } catch (error) {
            if (error instanceof Killed) await world.restart();
            else healing(error);
          }
        }
        // All is well again: what waits gets through, and can be read.
        world.failing.length = 0;
        world.state = "as it is";
        await world.restart();
        for (let left = 200; left > 0; left -= 1) if (!(await world.deliver())) break;

        expect(world.wrongs).toEqual([]);
        expect((await there(world.store).read.outboxDepth()).waiting).toBe(0);
        await reader.sync();
        for (const { id, type, content } of world.arrived.values()) {
          if (type !== "m.room.encrypted") continue;
          const event = { event_id: id, type, sender: bot.user, origin_server_ts: 1, room_id: opsRoom, content };
          expect(await reader.read(event)).not.toMatch(/^(no-key|key-starts-later|forged|malformed)$/u);
        }
        await world.close();
        await reader.machine.close();
      }),
      { numRuns: Number(process.env["OPSROOM_RUNS"] ?? 40), examples: examples.map((each) => [each]) },
    );
  },
);
