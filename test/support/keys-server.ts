/** The part of a homeserver that encryption needs, in memory: keys, one-time keys that are handed out once, messages to devices. */
import type { CallRequest, OutgoingRequest } from "../../src/matrix/crypto/machine/outgoing.ts";
import type { SyncChanges } from "../../src/matrix/crypto/machine/sync-result.ts";
import { isObject } from "../../src/json.ts";
import { parseUserId, type DeviceId, type UserId } from "../../src/ids.ts";

export type Answer = Readonly<Record<string, unknown>>;

export interface Address {
  readonly user: UserId;
  readonly device: DeviceId;
}

interface KeptDevice {
  keys: Record<string, unknown> | undefined;
  readonly oneTime: Map<string, unknown>;
  /** Of every key that was ever uploaded or handed out: what a client may never use twice. */
  readonly everUploaded: Map<string, string>;
  readonly handedOut: Set<string>;
  readonly fallback: Map<string, unknown>;
  readonly inbox: unknown[];
  /** Messages that were given to the client, and are given again until it asks for the next. */
  given: unknown[];
}

export class KeysServer {
  readonly devices = new Map<string, KeptDevice>();
  readonly crossSigning = new Map<string, Record<string, unknown>>();
  readonly backedUp: unknown[] = [];
  /** What a client did that no client may do. */
  readonly misdeeds: string[] = [];
  readonly #changed = new Set<UserId>();

  /** Answers as the API does. @throws Error for a path it does not know, or a request that a homeserver refuses */
  answer(from: Address, request: OutgoingRequest): Answer {
    return request.kind === "room-event" ? { event_id: "$sent" } : this.#call(from, request);
  }

  #call(from: Address, request: CallRequest): Answer {
    const { body, kind } = request;
    switch (kind) {
      case "keys-upload":
        return this.#uploadKeys(from, body);
      case "keys-query":
        return this.#query(body);
      case "keys-claim":
        return this.#claim(body);
      case "to-device":
        return this.#deliver(from, request);
      case "signing-keys-upload":
        this.crossSigning.set(from.user, body);
        this.#changed.add(from.user);
        return {};
      case "signatures-upload":
        this.#sign(body);
        return {};
      case "keys-backup":
        this.backedUp.push(body);
        return { count: 1, etag: "1" };
      default:
        return kind satisfies never;
    }
  }

  /** What `/sync` says to a device. Until it has `acknowledged`, the same messages come again, as for a client that crashed before it stored its token. */
  sync(to: Address, acknowledged: boolean): SyncChanges {
    const kept = this.#device(to);
    if (acknowledged) kept.given = [];
    kept.given.push(...kept.inbox.splice(0));
    return {
      toDevice: [...kept.given],
      changed: [...this.#changed],
      left: [],
      oneTimeKeys: { signed_curve25519: kept.oneTime.size },
      unusedFallbackKeys: kept.fallback.size > 0 ? ["signed_curve25519"] : [],
    };
  }

  /** As when its database is put back to before this device. */
  forget({ user, device }: Address): void {
    this.devices.delete(`${user}|${device}`);
  }

  #device({ user, device }: Pick<Address, "user"> & { readonly device: string }): KeptDevice {
    const name = `${user}|${device}`;
    const kept = this.devices.get(name) ?? {
      keys: undefined,
      oneTime: new Map(),
      everUploaded: new Map(),
      handedOut: new Set(),
      fallback: new Map(),
      inbox: [],
      given: [],
    };
    this.devices.set(name, kept);
    return kept;
  }

  #uploadKeys(from: Address, body: CallRequest["body"]): Answer {
    const kept = this.#device(from);
    if (isObject(body["device_keys"])) {
      kept.keys = { ...body["device_keys"] };
      this.#changed.add(from.user);
    }
    for (const [id, key] of entries(body["one_time_keys"])) {
      const content = JSON.stringify(isObject(key) ? key["key"] : key);
      const before = kept.everUploaded.get(id);
      if (before !== undefined && before !== content) this.misdeeds.push(`One time key ${id} already exists with other content`);
      if (kept.handedOut.has(id)) this.misdeeds.push(`One time key ${id} was handed out and uploaded again`);
      kept.everUploaded.set(id, content);
      kept.oneTime.set(id, key);
    }
    for (const [id, key] of entries(body["fallback_keys"])) {
      kept.fallback.clear();
      kept.fallback.set(id, key);
    }
    return { one_time_key_counts: { signed_curve25519: kept.oneTime.size } };
  }

  #query(body: CallRequest["body"]): Answer {
    const users = Object.keys(isObject(body["device_keys"]) ? body["device_keys"] : {});
    const device_keys = Object.fromEntries(users.map((user) => [user, this.#keysOf(user)]));
    const of = (kind: string): unknown =>
      Object.fromEntries(
        users.flatMap((user) => {
          const key = this.crossSigning.get(user)?.[kind];
          return key === undefined ? [] : [[user, key]];
        }),
      );
    return {
      device_keys,
      failures: {},
      master_keys: of("master_key"),
      self_signing_keys: of("self_signing_key"),
      user_signing_keys: of("user_signing_key"),
    };
  }

  #keysOf(user: string): unknown {
    const found = [...this.devices].filter(([name, kept]) => name.startsWith(`${user}|`) && kept.keys !== undefined);
    return Object.fromEntries(found.map(([name, kept]) => [name.slice(user.length + 1), kept.keys]));
  }

  #claim(body: CallRequest["body"]): Answer {
    const claimed: Record<string, Record<string, unknown>> = {};
    for (const [user, devices] of entries(body["one_time_keys"])) {
      for (const [device] of entries(devices)) {
        const kept = this.#device({ user: parseUserId(user), device });
        const [[id, key] = [undefined, undefined]] = kept.oneTime.size > 0 ? kept.oneTime : kept.fallback;
        if (id === undefined) continue;
        if (kept.oneTime.delete(id)) kept.handedOut.add(id);
        (claimed[user] ??= {})[device] = { [id]: key };
      }
    }
    return { one_time_keys: claimed, failures: {} };
  }

  #deliver(from: Address, request: CallRequest): Answer {
    const type = decodeURIComponent(request.path.split("/")[5] ?? "");
    for (const [user, devices] of entries(request.body["messages"]))
      for (const [device, content] of entries(devices)) this.#device({ user: parseUserId(user), device }).inbox.push({ type, sender: from.user, content });
    return {};
  }

  #sign(body: CallRequest["body"]): void {
    for (const [user, signed] of entries(body)) {
      this.#changed.add(parseUserId(user));
      for (const [name, object] of entries(signed)) {
        const kept = this.devices.get(`${user}|${name}`);
        const identity = this.crossSigning.get(user);
        if (kept?.keys !== undefined) kept.keys = merge(kept.keys, object);
        else if (identity !== undefined && isObject(identity["master_key"])) identity["master_key"] = merge(identity["master_key"], object);
      }
    }
  }
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** The object with the signatures of both. */
function merge(kept: Readonly<Record<string, unknown>>, signed: unknown): Record<string, unknown> {
  const signatures: Record<string, unknown> = isObject(kept["signatures"]) ? { ...kept["signatures"] } : {};
  for (const [user, more] of entries(isObject(signed) ? signed["signatures"] : undefined)) {
    const before = signatures[user];
    signatures[user] = { ...(isObject(before) ? before : {}), ...(isObject(more) ? more : {}) };
  }
  return { ...kept, signatures };
}
