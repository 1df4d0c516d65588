/** What each device has published: its identity, its one-time keys and its fallback keys. */
import type { Json } from "../event.ts";
import type { KeyChange, KeyChangeOf } from "./key-change.ts";

interface Published {
  readonly userId: string;
  readonly deviceId: string;
  identity: Json | undefined;
  /** By `algorithm:id`, oldest first: the order in which they are given out. */
  readonly oneTime: Map<string, unknown>;
  /** By algorithm. */
  readonly fallback: Map<string, { readonly id: string; readonly key: unknown; used: boolean }>;
}

export type DeviceKeyChange = KeyChangeOf<"device-keys" | "device-keys-gone" | "fallback-key" | "fallback-key-used" | "one-time-key-claimed" | "one-time-keys">;

export interface KeyOnOffer {
  /** `algorithm:id` */
  readonly id: string;
  readonly key: unknown;
}

export const algorithmOf = (id: string): string => id.split(":", 1)[0] ?? "";

/** Told even when there are none, so that a client learns that it has to upload some. */
const alwaysCounted = "signed_curve25519";

export class DeviceKeys {
  readonly #devices = new Map<string, Published>();

  apply(change: DeviceKeyChange): void {
    if (change.kind === "device-keys-gone") {
      this.#devices.delete(slot(change.userId, change.deviceId));
      return;
    }
    const device = this.#device(change.userId, change.deviceId);
    switch (change.kind) {
      case "device-keys":
        device.identity = change.keys;
        return;
      case "one-time-keys":
        for (const [id, key] of Object.entries(change.keys)) device.oneTime.set(id, key);
        return;
      case "one-time-key-claimed":
        device.oneTime.delete(change.id);
        return;
      case "fallback-key":
        device.fallback.set(algorithmOf(change.id), { id: change.id, key: change.key, used: false });
        return;
      case "fallback-key-used": {
        const fallback = device.fallback.get(change.algorithm);
        if (fallback !== undefined) fallback.used = true;
        return;
      }
      default:
        change satisfies never;
    }
  }

  identity(userId: string, deviceId: string): Json | undefined {
    return this.#devices.get(slot(userId, deviceId))?.identity;
  }

  oneTimeKey(userId: string, deviceId: string, id: string): unknown {
    return this.#devices.get(slot(userId, deviceId))?.oneTime.get(id);
  }

  /** The oldest of its kind. */
  nextOneTimeKey(userId: string, deviceId: string, algorithm: string): KeyOnOffer | undefined {
    for (const [id, key] of this.#devices.get(slot(userId, deviceId))?.oneTime ?? []) if (algorithmOf(id) === algorithm) return { id, key };
    return undefined;
  }

  fallbackKey(userId: string, deviceId: string, algorithm: string): (KeyOnOffer & { readonly used: boolean }) | undefined {
    return this.#devices.get(slot(userId, deviceId))?.fallback.get(algorithm);
  }

  oneTimeCounts(userId: string, deviceId: string): Readonly<Record<string, number>> {
    const counts: Record<string, number> = { [alwaysCounted]: 0 };
    for (const id of this.#devices.get(slot(userId, deviceId))?.oneTime.keys() ?? []) counts[algorithmOf(id)] = (counts[algorithmOf(id)] ?? 0) + 1;
    return counts;
  }

  unusedFallbackTypes(userId: string, deviceId: string): readonly string[] {
    const fallback = this.#devices.get(slot(userId, deviceId))?.fallback ?? new Map<string, { readonly used: boolean }>();
    return [...fallback].filter(([, { used }]) => !used).map(([algorithm]) => algorithm);
  }

  /** What would bring an empty one to the same state. */
  asChanges(): readonly KeyChange[] {
    return [...this.#devices.values()].flatMap(({ userId, deviceId, identity, oneTime, fallback }): KeyChange[] => {
      const device = { userId, deviceId };
      return [
        ...(identity === undefined ? [] : [{ kind: "device-keys" as const, ...device, keys: identity }]),
        { kind: "one-time-keys", ...device, keys: Object.fromEntries(oneTime) },
        ...[...fallback.values()].map(({ id, key }) => ({ kind: "fallback-key" as const, ...device, id, key })),
        ...[...fallback].filter(([, { used }]) => used).map(([algorithm]) => ({ kind: "fallback-key-used" as const, ...device, algorithm })),
      ];
    });
  }

  #device(userId: string, deviceId: string): Published {
    const found = this.#devices.get(slot(userId, deviceId)) ?? { userId, deviceId, identity: undefined, oneTime: new Map(), fallback: new Map() };
    this.#devices.set(slot(userId, deviceId), found);
    return found;
  }
}

const slot = (userId: string, deviceId: string): string => `${userId}\u0000${deviceId}`;
