/** Devices that encrypt to each other over a {@link KeysServer}. */
import { parseDeviceId, parseRoomId, parseUserId, type RoomId } from "../../src/ids.ts";
import type { CryptoMachine } from "../../src/matrix/crypto/machine/machine.ts";
import { openCryptoMachine } from "../../src/matrix/crypto/machine/open.ts";
import type { OutgoingRequest } from "../../src/matrix/crypto/machine/outgoing.ts";
import type { RoomEncryption } from "../../src/matrix/crypto/machine/room-encryption.ts";
import type { SyncResult } from "../../src/matrix/crypto/machine/sync-result.ts";
import type { Address, Answer, KeysServer } from "./keys-server.ts";

export const opsRoom = parseRoomId("!ops:example.org");
export const bot: Address = { user: parseUserId("@opsroom:example.org"), device: parseDeviceId("BOT") };
export const nadia: Address = { user: parseUserId("@nadia:example.org"), device: parseDeviceId("PHONE") };
export const eve: Address = { user: parseUserId("@eve:example.org"), device: parseDeviceId("EVE") };

export const inRoom = (readers: readonly Address[], more: Partial<RoomEncryption> = {}): RoomEncryption => ({
  room: opsRoom,
  readers: [...new Set(readers.map((each) => each.user))],
  rotateAfterMs: undefined,
  rotateAfterMessages: undefined,
  history: "shared",
  devices: "all",
  ...more,
});

export interface RoomEvent {
  readonly type: "m.room.encrypted";
  readonly event_id: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  readonly room_id: RoomId;
  readonly content: Readonly<Record<string, unknown>>;
}

let events = 0;

/** One device: its machine, and the loop around it that a client has. */
export class Peer {
  readonly address: Address;
  readonly machine: CryptoMachine;
  readonly #server: KeysServer;

  private constructor(server: KeysServer, address: Address, machine: CryptoMachine) {
    this.#server = server;
    this.address = address;
    this.machine = machine;
  }

  static async open(server: KeysServer, address: Address, folder?: string, passphrase?: string): Promise<Peer> {
    return new Peer(server, address, await openCryptoMachine({ ...address, folder, passphrase }));
  }

  /** Opened, its keys uploaded, and its owner's identity too. */
  static async start(server: KeysServer, address: Address, folder?: string): Promise<Peer> {
    const peer = await Peer.open(server, address, folder);
    await peer.settle();
    for (const request of await peer.machine.identity.uploads()) await peer.send(request);
    await peer.settle();
    return peer;
  }

  async send(...requests: readonly OutgoingRequest[]): Promise<void> {
    for (const request of requests) await this.machine.markSent(request, this.#server.answer(this.address, request));
  }

  /** Sends it, and does not tell the machine. */
  ask(request: OutgoingRequest): Answer {
    return this.#server.answer(this.address, request);
  }

  /** Sends until nothing is left to be sent. */
  async settle(): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      const requests = await this.machine.outgoing();
      if (requests.length === 0) return;
      await this.send(...requests);
    }
    throw new Error("it never has enough");
  }

  async sync(): Promise<SyncResult> {
    const result = await this.machine.receiveSync(this.#server.sync(this.address, true));
    await this.settle();
    return result;
  }

  async encrypt(encryption: RoomEncryption, body: string): Promise<RoomEvent> {
    for (let round = 0; round < 10; round += 1) {
      const step = await this.machine.encrypt(encryption, "m.room.message", { msgtype: "m.text", body });
      if (step.kind === "encrypted") return this.event(step.content);
      await this.send(...step.requests);
    }
    throw new Error("it never comes to encrypting");
  }

  event(content: RoomEvent["content"]): RoomEvent {
    events += 1;
    return { type: "m.room.encrypted", event_id: `$${events}`, sender: this.address.user, origin_server_ts: events, room_id: opsRoom, content };
  }

  /** The body, or why not. */
  async read(event: unknown): Promise<string> {
    const read = await this.machine.decrypt(event, opsRoom);
    return read.kind === "decrypted" ? String(read.content["body"]) : read.why;
  }
}
