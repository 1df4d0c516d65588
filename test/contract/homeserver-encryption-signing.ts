/** Signed JSON for the contract, written apart from the embedded homeserver's own so that a mistake of the one does not hide in the other. */
import { generateKeyPairSync, sign as signBytes, type KeyObject } from "node:crypto";
import * as z from "zod";
import type { Content } from "../../src/sandbox/client.ts";

/** A key pair as Matrix names it: `ed25519:` and the name, which for a cross-signing key is the public key itself. */
export interface SigningKey {
  readonly id: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** Without `name`: named after its public key. */
export function signingKey(name?: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const text = Buffer.from(x, "base64url").toString("base64").replaceAll("=", "");
  return { id: `ed25519:${name ?? text}`, publicKey: text, privateKey };
}

/** `content` with one more signature of `user`. */
export function signed(content: Content, user: string, ...keys: readonly SigningKey[]): Content {
  const { signatures, unsigned: _unsigned, ...rest } = content;
  const bytes = Buffer.from(canonical(rest));
  const made = keys.map((key) => [key.id, signBytes(null, bytes, key.privateKey).toString("base64").replaceAll("=", "")]);
  const before = z.record(z.string(), z.record(z.string(), z.string())).parse(signatures ?? {});
  return { ...rest, signatures: { ...before, [user]: { ...before[user], ...Object.fromEntries(made) } } };
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}
