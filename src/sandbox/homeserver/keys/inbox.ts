/** Messages to devices, kept until the device has said, by the token of its next sync, that it has them. */
import type { Json } from "../event.ts";
import type { KeyChange, KeyChangeOf } from "./key-change.ts";

interface Waiting {
  readonly position: number;
  readonly event: Json;
}

export interface Delivery {
  readonly events: readonly Json[];
  /** Up to where these are all; the rest comes with the next sync. */
  readonly upTo: number;
}

/** Synapse: the default `limit` of `get_messages_for_device`. */
const atOnce = 100;

/** A sandbox's device that never syncs must not fill the memory: the oldest are dropped, which Synapse does not do. */
const keptForOneDevice = 20_000;

export class Inbox {
  readonly #waiting = new Map<string, { readonly userId: string; readonly deviceId: string; readonly messages: Waiting[] }>();

  apply(change: KeyChangeOf<"to-device" | "to-device-read">): void {
    if (change.kind === "to-device") {
      for (const { userId, deviceId, event } of change.messages) this.#add(userId, deviceId, { position: change.position, event });
      return;
    }
    const found = this.#waiting.get(slot(change.userId, change.deviceId));
    if (found === undefined) return;
    const read = found.messages.findIndex((each) => each.position > change.upTo);
    found.messages.splice(0, read === -1 ? found.messages.length : read);
  }

  /** Messages after `since` up to and with `now`. */
  read(userId: string, deviceId: string, since: number, now: number): Delivery {
    const all = this.#waiting.get(slot(userId, deviceId))?.messages ?? [];
    const news = all.filter((each) => each.position > since && each.position <= now).slice(0, atOnce);
    const last = news.at(-1);
    return { events: news.map((each) => each.event), upTo: news.length === atOnce && last !== undefined ? last.position : now };
  }

  holdsUpTo(userId: string, deviceId: string, position: number): boolean {
    const oldest = this.#waiting.get(slot(userId, deviceId))?.messages[0];
    return oldest !== undefined && oldest.position <= position;
  }

  remove(userId: string, deviceId: string): void {
    this.#waiting.delete(slot(userId, deviceId));
  }

  asChanges(): readonly KeyChange[] {
    return [...this.#waiting.values()].flatMap(({ userId, deviceId, messages }) =>
      messages.map(({ position, event }) => ({ kind: "to-device" as const, position, messages: [{ userId, deviceId, event }] })),
    );
  }

  #add(userId: string, deviceId: string, message: Waiting): void {
    const found = this.#waiting.get(slot(userId, deviceId)) ?? { userId, deviceId, messages: [] };
    this.#waiting.set(slot(userId, deviceId), found);
    found.messages.push(message);
    if (found.messages.length > keptForOneDevice) found.messages.shift();
  }
}

const slot = (userId: string, deviceId: string): string => `${userId}\u0000${deviceId}`;
