/** What `/sync` tells a device about encryption. */
import type { Core } from "../core.ts";
import type { Json, StoredEvent } from "../event.ts";
import { deviceListsSince } from "./device-lists.ts";

export interface EncryptionWish {
  readonly user: string;
  readonly device: string;
  /** `undefined`: the first sync, which says nothing of other people's devices. */
  readonly since: number | undefined;
  /** Messages to the device after this are still to come. */
  readonly toDeviceSince: number;
}

export interface EncryptionPart {
  readonly fields: Json;
  /** Nothing that a long poll ends for. */
  readonly isEmpty: boolean;
  /** Up to where messages to the device are in `fields`. */
  readonly toDevice: number;
}

/** `shown`: the events of the joined rooms in the same answer. */
export function encryptionPart(core: Core, wish: EncryptionWish, now: number, shown: readonly StoredEvent[]): EncryptionPart {
  const { user, device, since } = wish;
  const { devices, inbox } = core.state.keys;
  const lists = since === undefined ? { changed: [], left: [] } : deviceListsSince(core, user, since, shown);
  const named = Object.fromEntries(Object.entries(lists).filter(([, users]) => users.length > 0));
  const hasLists = Object.keys(named).length > 0;
  const { events, upTo } = inbox.read(user, device, wish.toDeviceSince, now);
  return {
    isEmpty: !hasLists && events.length === 0,
    toDevice: upTo,
    fields: {
      device_one_time_keys_count: devices.oneTimeCounts(user, device),
      device_unused_fallback_key_types: devices.unusedFallbackTypes(user, device),
      ...(events.length === 0 ? {} : { to_device: { events } }),
      ...(hasLists ? { device_lists: named } : {}),
    },
  };
}
