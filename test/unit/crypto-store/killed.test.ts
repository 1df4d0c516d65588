import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Ask } from "../../support/crypto-child.ts";
import { parseDeviceId } from "../../../src/ids.ts";
import { bot, inRoom, nadia, Peer, type RoomEvent } from "../../support/crypto-peers.ts";
import { KeysServer } from "../../support/keys-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const kills = Number(process.env["OPSROOM_KILLS"] ?? 6);
const deaths = Number(process.env["OPSROOM_DEATHS"] ?? 8);
const room = inRoom([bot, nadia], { rotateAfterMessages: 3 });

/** The room, its homeserver, and one bot after another on the same store. */
class Room {
  readonly server: KeysServer;
  readonly folder = tempFolder();
  /** What the phone said and the bot has not read. */
  readonly unread = new Map<string, RoomEvent>();
  readonly wrong: string[] = [];
  readonly identities = new Set<string>();
  readonly said: RoomEvent[] = [];
  readonly #ciphertexts = new Map<string, string>();
  readonly #phone: Peer;
  #speaker: Peer;
  #synced = true;
  #phones = 1;
  sentences = 0;
  read = 0;

  constructor(server: KeysServer, phone: Peer) {
    this.server = server;
    this.#phone = phone;
    this.#speaker = phone;
  }

  static async open(): Promise<Room> {
    const server = new KeysServer();
    return new Room(server, await Peer.start(server, nadia));
  }

  /** Nadia goes on with a new phone: what it sends first to the bot uses up one of the bot's one-time keys. */
  async changePhone(): Promise<void> {
    this.#phones += 1;
    this.#speaker = await Peer.start(this.server, { ...nadia, device: parseDeviceId(`PHONE${this.#phones}`) });
  }

  /** The phone says something; every third time the key for it is a new one, which the bot has to be given. */
  async say(): Promise<void> {
    await this.#speaker.sync();
    this.sentences += 1;
    const event = await this.#speaker.encrypt(room, `sentence ${this.sentences}`);
    this.unread.set(event.event_id, event);
  }

  /**
   * @param dieAt at which transaction it kills itself; 0: never
   * @param killOn it is killed as soon as it tells of this: what it tells rests on something that has to be on disk already
   */
  start(dieAt: number, killOn?: Ask["ask"]): ChildProcess {
    const script = new URL("../../support/crypto-child.ts", import.meta.url);
    const child = fork(script, [this.folder, String(dieAt)], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child.on("message", (question: Ask) => {
      const answer = this.#answer(question);
      if (question.ask === killOn) child.kill("SIGKILL");
      // To one that was killed meanwhile nothing can be told.
      else if (child.connected) child.send(answer ?? {}, () => undefined);
    });
    return child;
  }

  #answer(question: Ask): object | undefined {
    switch (question.ask) {
      case "identity":
        this.identities.add(question.ed25519);
        return undefined;
      case "send":
        return this.server.answer(bot, question.request);
      case "sync": {
        const changes = this.server.sync(bot, this.#synced);
        this.#synced = false;
        return changes;
      }
      case "synced":
        this.#synced = true;
        return undefined;
      case "timeline":
        return [...this.unread.values()];
      case "read":
        if (question.as.startsWith("sentence")) {
          if (this.unread.delete(question.event)) this.read += 1;
        } else this.wrong.push(question.as);
        return undefined;
      case "say": {
        const ciphertext = String(question.content["ciphertext"]);
        const place = `${question.session} ${question.index}`;
        if (this.#ciphertexts.has(place)) this.wrong.push(`two messages at ${place}`);
        this.#ciphertexts.set(place, ciphertext);
        this.said.push({ ...this.#phone.event(question.content), sender: bot.user });
        return undefined;
      }
      default:
        return question satisfies never;
    }
  }

  /** Runs one until it has read everything and said something, or has asked often enough. */
  async finish(): Promise<void> {
    const child = this.start(0);
    const before = this.said.length;
    for (let asked = 0; asked < 1000 && (this.unread.size > 0 || this.said.length === before); asked += 1)
      await once(child, "message", { signal: AbortSignal.timeout(20_000) });
    await kill(child);
  }

  async readByPhone(): Promise<readonly string[]> {
    await this.#phone.sync();
    return Promise.all(this.said.map((event) => this.#phone.read(event)));
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** What came of it all. */
async function outcome(world: Room): Promise<Record<string, unknown>> {
  return {
    wrong: [...new Set(world.wrong)],
    misdeeds: world.server.misdeeds,
    identities: world.identities.size,
    unread: world.unread.size,
    read: world.read === world.sentences,
    heard: [...new Set(await world.readByPhone())],
  };
}

const well = { wrong: [], misdeeds: [], identities: 1, unread: 0, read: true, heard: ["said"] };

test("killed at random moments, it loses no key, says nothing twice at one place, and uses no one-time key again", { timeout: 600_000 }, async () => {
  const world = await Room.open();
  await world.finish();
  for (let n = 0; n < kills; n += 1) {
    if (n % 2 === 0) await world.changePhone();
    await world.say();
    const child = world.start(0);
    await once(child, "message");
    for (let more = 0; more < 3; more += 1) await world.say();
    await delay(Math.random() * 150);
    await kill(child);
  }
  await world.finish();

  expect(await outcome(world)).toEqual(well);
});

test.each(["say", "synced", "send", "read"] as const)(
  "killed as soon as it tells of it (%s), what it told of is there",
  { timeout: 600_000 },
  async (moment) => {
    const world = await Room.open();
    await world.finish();
    for (let n = 0; n < 3; n += 1) {
      await world.changePhone();
      await world.say();
      await once(world.start(0, moment), "exit", { signal: AbortSignal.timeout(20_000) });
    }
    await world.finish();

    expect(await outcome(world)).toEqual(well);
  },
);

test("killed right after any of the writes that a sync or a message is made of, it goes on as before that call or after it", { timeout: 600_000 }, async () => {
  const world = await Room.open();
  await world.finish();
  for (let n = 1; n <= deaths; n += 1) {
    await world.changePhone();
    await world.say();
    const child = world.start(n);
    await once(child, "exit", { signal: AbortSignal.timeout(20_000) });
  }
  await world.finish();

  expect(await outcome(world)).toEqual(well);
});
