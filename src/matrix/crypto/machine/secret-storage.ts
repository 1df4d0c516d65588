/**
 * Secrets in the account's data, encrypted for whoever has the recovery key: how Element restores an account, and how a reset device gets its identity
 * back. https://spec.matrix.org/v1.16/client-server-api/#msecret_storagev1aes-hmac-sha2-1
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import * as z from "zod";

export const secretStorageAlgorithm = "m.secret_storage.v1.aes-hmac-sha2";

/** In account data, `encrypted[key id]` of the secret's name. */
export const encryptedSecret = z.looseObject({ iv: z.string(), ciphertext: z.string(), mac: z.string() });
export type EncryptedSecret = z.infer<typeof encryptedSecret>;

/** Content of `m.secret_storage.key.<key id>`. */
export const keyDescription = z.looseObject({ algorithm: z.literal(secretStorageAlgorithm), iv: z.string(), mac: z.string() });
export type KeyDescription = z.infer<typeof keyDescription>;

type RandomBytes = (count: number) => Uint8Array;

/** @param secret UTF-8 text. */
export function encryptSecret(key: Uint8Array, name: string, secret: string, randomBytes: RandomBytes): EncryptedSecret {
  const iv = Buffer.from(randomBytes(16));
  iv.writeUInt8(iv.readUInt8(8) & 0x7f, 8); // as the specification wants it: some libraries count with 64 bits only
  const { aes, hmac } = derive(key, name);
  const cipher = createCipheriv("aes-256-ctr", aes, iv);
  const ciphertext = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return { iv: base64(iv), ciphertext: base64(ciphertext), mac: base64(createHmac("sha256", hmac).update(ciphertext).digest()) };
}

/** `undefined` when it was encrypted with another key or changed since. */
export function decryptSecret(key: Uint8Array, name: string, secret: EncryptedSecret): string | undefined {
  const ciphertext = Buffer.from(secret.ciphertext, "base64");
  const iv = Buffer.from(secret.iv, "base64");
  const mac = Buffer.from(secret.mac, "base64");
  const { aes, hmac } = derive(key, name);
  const expected = createHmac("sha256", hmac).update(ciphertext).digest();
  if (iv.length !== 16 || mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
  const decipher = createDecipheriv("aes-256-ctr", aes, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
}

/** Lets a key be checked before anything is encrypted or decrypted with it. */
export function describeKey(key: Uint8Array, randomBytes: RandomBytes): KeyDescription {
  const { iv, mac } = encryptSecret(key, "", "\0".repeat(32), randomBytes);
  return { algorithm: secretStorageAlgorithm, iv, mac };
}

export function isKeyOf(key: Uint8Array, { iv, mac }: KeyDescription): boolean {
  const bytes = Buffer.from(iv, "base64");
  if (bytes.length !== 16) return false;
  const { aes, hmac } = derive(key, "");
  const cipher = createCipheriv("aes-256-ctr", aes, bytes);
  const expected = createHmac("sha256", hmac)
    .update(Buffer.concat([cipher.update(Buffer.alloc(32)), cipher.final()]))
    .digest();
  const given = Buffer.from(mac, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function derive(key: Uint8Array, name: string): { readonly aes: Buffer; readonly hmac: Buffer } {
  const derived = Buffer.from(hkdfSync("sha256", key, Buffer.alloc(32), name, 64));
  return { aes: derived.subarray(0, 32), hmac: derived.subarray(32) };
}

const base64 = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/u, "");
