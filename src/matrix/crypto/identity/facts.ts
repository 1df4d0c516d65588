/** How encryption stands, as the homeserver and the database have it. Opens no keys, so it can be asked while another process has them open. */
import * as z from "zod";
import { isDeviceId, type DeviceId, type RoomId, type UserId } from "../../../ids.ts";
import type { EncryptionReads } from "../../../store/encryption-store.ts";
import type { MatrixApi } from "../../api.ts";
import { MatrixFailure } from "../../failure.ts";
import { accountData, unlessAbsent } from "./account-data.ts";
import { openVault } from "./vault.ts";

export interface UnsignedDevice {
  readonly user: UserId;
  readonly device: DeviceId;
  /** What its owner calls it; from outside. */
  readonly name: string | undefined;
}

export interface RoomFacts {
  readonly room: RoomId;
  /** Members, and the devices with keys that they have; ours is not counted. `undefined` when they could not be asked for. */
  readonly people: { readonly members: number; readonly devices: number; readonly unsigned: readonly UnsignedDevice[] } | undefined;
}

export interface EncryptionFacts {
  readonly user: UserId;
  /** The access token's; `undefined` when it has none, and so no keys. */
  readonly device: DeviceId | undefined;
  /** What the homeserver has of this device: the keys that the database knows, none, others; `unused`: no keys were ever made. */
  readonly keys: "ours" | "missing" | "another" | "unused";
  /** By the account's identity; without it Element neither shows what the device says nor gives it keys. */
  readonly signed: boolean;
  readonly hasIdentity: boolean;
  readonly hasRecovery: boolean;
  readonly backup: { readonly version: string; readonly keys: number | undefined } | undefined;
  readonly rooms: readonly RoomFacts[];
}

export interface FactsNeeds {
  readonly api: Pick<MatrixApi, "whoAmI" | "request" | "members">;
  readonly read: Pick<EncryptionReads, "encryptedRooms" | "cryptoDevice">;
}

const mostUsers = 2000;
const usersAtOnce = 200;

const signatures = z.record(z.string(), z.record(z.string(), z.string())).catch({});
const keyed = z.looseObject({ keys: z.record(z.string(), z.string()), signatures: signatures.optional() });
const deviceKeys = keyed.extend({ unsigned: z.looseObject({ device_display_name: z.string().optional() }).catch({}).optional() });
const keysAnswer = z.looseObject({
  device_keys: z.record(z.string(), z.record(z.string(), deviceKeys)).catch({}),
  master_keys: z.record(z.string(), keyed).catch({}),
  self_signing_keys: z.record(z.string(), keyed).catch({}),
});
const backupAnswer = z.looseObject({ version: z.string(), count: z.number().optional() });

type Keys = z.infer<typeof keysAnswer>;

/** @throws MatrixFailure; what the store throws */
export async function encryptionFacts({ api, read }: FactsNeeds, signal: AbortSignal): Promise<EncryptionFacts> {
  const [me, known, rooms] = await Promise.all([api.whoAmI(signal), read.cryptoDevice(), read.encryptedRooms()]);
  const members = await Promise.all(rooms.map(async ({ room }) => ({ room, members: await membersOf(room, api, signal) })));
  const users = [...new Set([me.user, ...members.flatMap((each) => each.members ?? [])])].slice(0, mostUsers);
  const [keys, vault, backup] = await Promise.all([
    queryKeys(users, api, signal),
    openVault(accountData(api.request, me.user), undefined, signal),
    unlessAbsent(api.request({ method: "GET", path: "/_matrix/client/v3/room_keys/version" }, signal)),
  ]);
  const own = me.device === undefined ? undefined : keys.device_keys[me.user]?.[me.device];
  const ours = known !== undefined && known.user === me.user && known.device === me.device ? known.ed25519 : undefined;
  const found = backupAnswer.safeParse(backup);
  return {
    user: me.user,
    device: me.device,
    keys: own === undefined ? (ours === undefined ? "unused" : "missing") : own.keys[`ed25519:${me.device}`] === ours ? "ours" : "another",
    signed: own !== undefined && me.device !== undefined && isSigned(keys, me.user, me.device),
    hasIdentity: keys.master_keys[me.user] !== undefined,
    hasRecovery: vault.kind !== "none",
    backup: found.success ? { version: found.data.version, keys: found.data.count } : undefined,
    rooms: members.map(({ room, members: of }) => ({ room, people: of === undefined ? undefined : people(of, keys, me.user) })),
  };
}

/** `undefined` for a room that we are not in. */
async function membersOf(room: RoomId, api: FactsNeeds["api"], signal: AbortSignal): Promise<readonly UserId[] | undefined> {
  try {
    return (await api.members(room, signal)).joined;
  } catch (error) {
    if (error instanceof MatrixFailure && (error.kind === "forbidden" || error.kind === "not-found")) return undefined;
    throw error;
  }
}

async function queryKeys(users: readonly UserId[], api: FactsNeeds["api"], signal: AbortSignal): Promise<Keys> {
  const all: Keys = { device_keys: {}, master_keys: {}, self_signing_keys: {} };
  for (let at = 0; at < users.length; at += usersAtOnce) {
    const wanted = Object.fromEntries(users.slice(at, at + usersAtOnce).map((user) => [user, []]));
    const answer = keysAnswer.parse(await api.request({ method: "POST", path: "/_matrix/client/v3/keys/query", body: { device_keys: wanted } }, signal));
    for (const part of ["device_keys", "master_keys", "self_signing_keys"] as const) Object.assign(all[part], answer[part]);
  }
  return all;
}

function people(members: readonly UserId[], keys: Keys, me: UserId): NonNullable<RoomFacts["people"]> {
  const others = members.filter((user) => user !== me);
  const devices = others.flatMap((user) =>
    Object.entries(keys.device_keys[user] ?? {}).flatMap(([device, { unsigned }]) =>
      isDeviceId(device) ? [{ user, device, name: unsigned?.device_display_name }] : [],
    ),
  );
  return { members: others.length, devices: devices.length, unsigned: devices.filter(({ user, device }) => !isSigned(keys, user, device)) };
}

/** As the homeserver tells it; clients check the signature itself. */
function isSigned(keys: Keys, user: UserId, device: DeviceId): boolean {
  const [signer] = Object.values(keys.self_signing_keys[user]?.keys ?? {});
  return signer !== undefined && keys.device_keys[user]?.[device]?.signatures?.[user]?.[`ed25519:${signer}`] !== undefined;
}
