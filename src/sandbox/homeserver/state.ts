/** All that the embedded homeserver knows. Changes come in one way, `commit`, which writes them down and wakes whoever waits. */
import { Accounts } from "./accounts.ts";
import type { Change, ChangeOf } from "./change.ts";
import { stateSlot, type StoredEvent } from "./event.ts";
import type { Filter } from "./filter.ts";
import type { Journal } from "./journal.ts";
import { EncryptionState } from "./keys/encryption-state.ts";
import type { KeyChange } from "./keys/key-change.ts";
import { Media } from "./media.ts";
import { Room } from "./room.ts";
import { roomVersion } from "./room-version.ts";

type Receipt = ChangeOf<"receipt">;
type AccountData = ChangeOf<"account-data">;

export class ServerState {
  readonly accounts = new Accounts();
  readonly media = new Media();
  readonly keys = new EncryptionState();
  readonly rooms = new Map<string, Room>();
  readonly aliases = new Map<string, string>();
  readonly filters = new Map<string, Filter>();
  /** By room, user, kind and thread: the newest of each. */
  readonly receipts = new Map<string, Receipt>();
  readonly accountData = new Map<string, AccountData>();
  readonly #sent = new Map<string, StoredEvent>();
  readonly #listeners = new Set<() => void>();
  #journal: Journal | undefined;
  #position = 0;
  #events = 0;

  get position(): number {
    return this.#position;
  }

  get eventCount(): number {
    return this.#events;
  }

  /** From now on every change is written to `journal`. */
  keepIn(journal: Journal): void {
    this.#journal = journal;
  }

  nextPosition(): number {
    this.#position += 1;
    return this.#position;
  }

  commit(change: Change): void {
    this.#journal?.write(change);
    this.apply(change);
    this.wake();
  }

  commitKeys(change: KeyChange): void {
    this.commit({ kind: "keys", change });
  }

  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The event that this device sent to this room with this transaction id, if any. */
  sentBefore(room: string, user: string, device: string, transaction: string): StoredEvent | undefined {
    return this.#sent.get([room, user, device, transaction].join("\u0000"));
  }

  apply(change: Change): void {
    switch (change.kind) {
      case "user":
      case "device":
      case "device-name":
      case "logout":
      case "rate-limit":
        this.accounts.apply(change);
        return;
      case "device-gone":
        this.accounts.apply(change);
        this.keys.removeDevice(change.userId, change.deviceId);
        return;
      case "keys":
        if ("position" in change.change) this.#moveTo(change.change.position);
        this.keys.apply(change.change);
        return;
      case "keys-restored":
        this.keys.restore(change.snapshot);
        return;
      case "event":
        this.#add(change.event);
        return;
      case "alias":
        if (change.roomId === undefined) this.aliases.delete(change.alias);
        else this.aliases.set(change.alias, change.roomId);
        return;
      case "forgotten":
        this.rooms.get(change.roomId)?.forgottenBy.add(change.userId);
        return;
      case "receipt":
        this.#moveTo(change.position);
        this.receipts.set([change.roomId, change.userId, change.receiptType, change.threadId ?? ""].join("\u0000"), change);
        return;
      case "account-data":
        this.#moveTo(change.position);
        this.accountData.set([change.userId, change.roomId ?? "", change.type].join("\u0000"), change);
        return;
      case "filter":
        this.filters.set(stateSlot(change.userId, change.id), change.filter);
        return;
      case "media":
        this.media.add(change);
        return;
      default:
        change satisfies never;
    }
  }

  #add(event: StoredEvent): void {
    this.#moveTo(event.position);
    this.#events += 1;
    if (event.type === "m.room.create") {
      const version = roomVersion(String(event.content["room_version"]));
      if (version === undefined) throw new Error(`room ${event.roomId} has a version that is not known`);
      this.rooms.set(event.roomId, new Room(event.roomId, version));
    }
    this.rooms.get(event.roomId)?.add(event);
    if (event.sentWith === undefined) return;
    this.#sent.set([event.roomId, event.sender, event.sentWith.device, event.sentWith.transaction].join("\u0000"), event);
  }

  #moveTo(position: number): void {
    this.#position = Math.max(this.#position, position);
  }
}
