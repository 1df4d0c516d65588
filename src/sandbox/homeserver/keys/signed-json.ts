/** Signatures on JSON, as the specification's appendix "Signing JSON" has them. */
import { createPublicKey, verify } from "node:crypto";
import { isJson, type Json } from "../event.ts";

export interface VerifyKey {
  /** `ed25519:…` */
  readonly id: string;
  /** What stands after the colon. */
  readonly name: string;
  readonly base64: string;
}

/** Sorted keys, no white space: the same bytes for the same value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJson(value)) return JSON.stringify(value);
  const members = Object.keys(value).toSorted();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(",")}}`;
}

/** The object without what a signature does not cover. */
export const signedPart = ({ signatures: _signatures, unsigned: _unsigned, ...rest }: Json): Json => rest;

export function signatureOf(signed: Json, user: string, keyId: string): string | undefined {
  const signatures = isJson(signed["signatures"]) ? signed["signatures"] : {};
  const own = isJson(signatures[user]) ? signatures[user] : {};
  const signature = own[keyId];
  return typeof signature === "string" ? signature : undefined;
}

/** Whether `user` signed the object with `key`. */
export function isSigned(signed: Json, user: string, key: VerifyKey): boolean {
  const signature = signatureOf(signed, user, key.id);
  if (signature === undefined) return false;
  try {
    const x = Buffer.from(key.base64, "base64").toString("base64url");
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, Buffer.from(canonicalJson(signedPart(signed))), publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

/** The only key of a cross-signing key; `undefined` when it has none or several, or of another kind. */
export function verifyKeyOf(crossSigningKey: Json): VerifyKey | undefined {
  const keys = Object.entries(isJson(crossSigningKey["keys"]) ? crossSigningKey["keys"] : {});
  const [id, base64] = keys[0] ?? [];
  if (keys.length !== 1 || id?.startsWith("ed25519:") !== true || typeof base64 !== "string") return undefined;
  return { id, name: id.slice("ed25519:".length), base64 };
}
