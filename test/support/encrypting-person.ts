/** Somebody whose client encrypts: the machine as the second client, over the client-server API. */
import { randomUUID } from "node:crypto";
import { isObject } from "../../src/json.ts";
import { parseRoomId, parseUserId, type DeviceId, type RoomId, type UserId } from "../../src/ids.ts";
import type { MatrixApi } from "../../src/matrix/api.ts";
import type { CryptoMachine } from "../../src/matrix/crypto/machine/machine.ts";
import { openCryptoMachine } from "../../src/matrix/crypto/machine/open.ts";
import type { OutgoingRequest } from "../../src/matrix/crypto/machine/outgoing.ts";
import { createMatrixApi } from "../../src/matrix/sdk-api.ts";
import { readSyncAnswer, type TimelineEvent } from "../../src/matrix/sync/answer.ts";

const never = new AbortController().signal;

export interface Heard {
  readonly event: TimelineEvent;
  /** What it says; of an encrypted one what it holds. `undefined` when it cannot be read. */
  readonly content: Readonly<Record<string, unknown>> | undefined;
  readonly encrypted: boolean;
  readonly trust: string | undefined;
}

export class EncryptingPerson {
  readonly api: MatrixApi;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly machine: CryptoMachine;
  readonly heard: Heard[] = [];
  /** Room keys that were not sent yet, while `slow` is set. */
  readonly held: OutgoingRequest[] = [];
  slow = false;
  #since: string | undefined;

  private constructor(api: MatrixApi, user: UserId, device: DeviceId, machine: CryptoMachine) {
    this.api = api;
    this.user = user;
    this.device = device;
    this.machine = machine;
  }

  /** Logged in, its keys uploaded; its owner's identity too, unless it is to be a device that nobody signed. */
  static async start(homeserver: string, accessToken: string, { signed = true } = {}): Promise<EncryptingPerson> {
    const api = await createMatrixApi({ homeserver, accessToken });
    const { user, device } = await api.whoAmI(never);
    if (device === undefined) throw new Error("no device");
    const person = new EncryptingPerson(api, user, device, await openCryptoMachine({ user, device, folder: undefined, passphrase: undefined }));
    await person.settle();
    if (signed) for (const request of await person.machine.identity.uploads()) await person.send(request);
    await person.sync();
    return person;
  }

  async send(request: OutgoingRequest): Promise<void> {
    if (request.kind === "room-event") throw new Error("not in a room");
    if (this.slow && request.kind === "to-device") {
      this.held.push(request);
      await this.machine.markSent(request, {});
      return;
    }
    await this.machine.markSent(request, await this.api.request(request, never));
  }

  /** What was held goes out. */
  async release(): Promise<void> {
    this.slow = false;
    for (const request of this.held.splice(0)) if (request.kind !== "room-event") await this.api.request(request, never);
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      const requests = await this.machine.outgoing();
      if (requests.length === 0) return;
      for (const request of requests) await this.send(request);
    }
  }

  /** Asks once and takes in what is new. */
  async sync(waitMs = 0): Promise<void> {
    const answer = readSyncAnswer(await this.api.sync({ since: this.#since, waitMs }, never), parseUserId("@nobody:example.org"));
    if (answer === undefined) throw new Error("no sync");
    await this.machine.receiveSync(answer.encryption);
    this.#since = answer.next;
    await this.settle();
    for (const { room, events } of answer.joined) for (const event of events) if (event.stateKey === undefined) this.heard.push(await this.#read(room, event));
  }

  async #read(room: RoomId, event: TimelineEvent): Promise<Heard> {
    if (event.type !== "m.room.encrypted") return { event, content: event.content, encrypted: false, trust: undefined };
    const raw = { event_id: event.eventId, sender: event.sender, type: event.type, origin_server_ts: event.sentAt, room_id: room, content: event.content };
    const read = await this.machine.decrypt(raw, room);
    return read.kind === "decrypted"
      ? { event, content: read.content, encrypted: true, trust: read.trust }
      : { event, content: undefined, encrypted: true, trust: undefined };
  }

  /** The content of an encrypted event, its key shared with everybody in the room, or with `readers` alone. */
  async encrypt(room: RoomId, content: Readonly<Record<string, unknown>>, readers?: readonly UserId[]): Promise<Readonly<Record<string, unknown>>> {
    const { joined, invited } = await this.api.members(room, never);
    const encryption = {
      room,
      readers: readers ?? [...joined, ...invited],
      rotateAfterMs: undefined,
      rotateAfterMessages: undefined,
      history: "shared" as const,
      devices: "all" as const,
    };
    for (let round = 0; round < 10; round += 1) {
      const step = await this.machine.encrypt(encryption, "m.room.message", content);
      if (step.kind === "encrypted") return step.content;
      for (const request of step.requests) await this.send(request);
    }
    throw new Error("it never comes to encrypting");
  }

  async say(room: RoomId, body: string, readers?: readonly UserId[]): Promise<string> {
    return await this.put(room, await this.encrypt(room, { msgtype: "m.text", body }, readers));
  }

  async put(room: RoomId, content: Readonly<Record<string, unknown>>, type = "m.room.encrypted"): Promise<string> {
    return await this.api.send(room, type, randomUUID(), content, never);
  }

  async createRoom(invite: readonly string[], encrypted: boolean): Promise<RoomId> {
    const state = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const answer = await this.api.request(
      { method: "POST", path: "/_matrix/client/v3/createRoom", body: { invite, initial_state: encrypted ? [state] : [] } },
      never,
    );
    if (!isObject(answer) || typeof answer["room_id"] !== "string") throw new Error("no room");
    return parseRoomId(answer["room_id"]);
  }

  /** What the bot said, as far as it can be read, oldest first; edits take the place of what they edit. */
  said(by: string): readonly string[] {
    return this.heard.flatMap(({ event, content }) => (event.sender === by && typeof content?.["body"] === "string" ? [content["body"]] : []));
  }
}
