/**
 * Secret storage (4S): secrets in the account's data, encrypted with the recovery key, where Element looks for them too.
 * https://spec.matrix.org/v1.16/client-server-api/#secrets
 */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { decryptSecret, describeKey, encryptedSecret, encryptSecret, isKeyOf, keyDescription } from "../machine/secret-storage.ts";
import type { AccountData } from "./account-data.ts";

export const secretNames = ["m.cross_signing.master", "m.cross_signing.self_signing", "m.cross_signing.user_signing", "m.megolm_backup.v1"] as const;
export type SecretName = (typeof secretNames)[number];

/** `none`: never made. `locked`: made with another recovery key, or with none that is at hand. */
export type VaultState = { readonly kind: "none" | "locked" } | { readonly kind: "open"; readonly vault: Vault };

export interface Vault {
  /** `undefined` when it is not there, or cannot be decrypted. @throws MatrixFailure */
  readonly read: (name: SecretName, signal: AbortSignal) => Promise<string | undefined>;
  /** Writes only what is not there already. @throws MatrixFailure */
  readonly keep: (name: SecretName, secret: string, signal: AbortSignal) => Promise<void>;
}

const defaultKey = z.object({ key: z.string().min(1).max(200) });
const stored = z.object({ encrypted: z.record(z.string(), encryptedSecret) });
const defaultKeyType = "m.secret_storage.default_key";
const keyType = (id: string): string => `m.secret_storage.key.${id}`;

/** @throws MatrixFailure */
export async function openVault(data: AccountData, key: Uint8Array | undefined, signal: AbortSignal): Promise<VaultState> {
  const named = defaultKey.safeParse(await data.read(defaultKeyType, signal));
  if (!named.success) return { kind: "none" };
  const id = named.data.key;
  const description = keyDescription.safeParse(await data.read(keyType(id), signal));
  if (key === undefined || !description.success || !isKeyOf(key, description.data)) return { kind: "locked" };
  return { kind: "open", vault: vaultOf(data, id, key) };
}

/** Begins a new one; what was kept with another key stays where it is, and is the default no more. @throws MatrixFailure */
export async function makeVault(data: AccountData, key: Uint8Array, signal: AbortSignal): Promise<Vault> {
  const id = randomBytes(24).toString("base64url");
  await data.write(keyType(id), { ...describeKey(key, randomBytes), name: "Opsroom" }, signal);
  await data.write(defaultKeyType, { key: id }, signal);
  return vaultOf(data, id, key);
}

function vaultOf(data: AccountData, id: string, key: Uint8Array): Vault {
  const readAll = async (name: SecretName, signal: AbortSignal): Promise<z.infer<typeof stored>["encrypted"]> =>
    stored.safeParse(await data.read(name, signal)).data?.encrypted ?? {};
  const read: Vault["read"] = async (name, signal) => {
    const secret = (await readAll(name, signal))[id];
    return secret === undefined ? undefined : decryptSecret(key, name, secret);
  };
  return {
    read,
    keep: async (name, secret, signal) => {
      if ((await read(name, signal)) === secret) return;
      // Under the other keys there may be an older secret: whoever has those would restore the wrong one.
      await data.write(name, { encrypted: { [id]: encryptSecret(key, name, secret, randomBytes) } }, signal);
    },
  };
}
