/** `/keys/device_signing/upload`: a person's cross-signing keys. */
import { sameJson, type Core } from "../core.ts";
import { isJson, type Json } from "../event.ts";
import { badRequest } from "../matrix-error.ts";
import { devicesChanged } from "./device-lists.ts";
import type { Usage } from "./key-change.ts";
import { isSigned, verifyKeyOf, type VerifyKey } from "./signed-json.ts";

const usages: readonly Usage[] = ["master", "self_signing", "user_signing"];

/** Keys by usage, as far as the upload has them. */
export type CrossSigningUpload = ReadonlyMap<Usage, Json>;

/** @throws {MatrixError} 400 when a key is no object */
export function readCrossSigningUpload(body: Json): CrossSigningUpload {
  const found = new Map<Usage, Json>();
  for (const usage of usages) {
    const key = body[`${usage}_key`];
    if (key === undefined) continue;
    if (!isJson(key)) throw badRequest(`Invalid ${usage} key`, "M_INVALID_PARAM");
    found.set(usage, key);
  }
  return found;
}

/** Whether the upload would change anything; only then does Synapse ask for the password. */
export function changesKeys(core: Core, userId: string, upload: CrossSigningUpload): boolean {
  return [...upload].some(([usage, key]) => !sameJson(core.state.keys.crossSigning.key(userId, usage), key));
}

/** @throws {MatrixError} 400 */
export function uploadCrossSigning(core: Core, userId: string, upload: CrossSigningUpload): void {
  const master = upload.get("master") ?? core.state.keys.crossSigning.key(userId, "master");
  if (master === undefined) throw badRequest("No master key available", "M_MISSING_PARAM");
  const masterKey = verifyKeyOf(master);
  if (upload.has("master")) checkKey(master, userId, "master", undefined);
  if (masterKey === undefined) throw badRequest("Invalid master key", "M_INVALID_PARAM");
  for (const [usage, key] of upload) if (usage !== "master") checkKey(key, userId, usage, masterKey);

  for (const [usage, key] of upload) core.state.commitKeys({ kind: "cross-signing-key", userId, usage, key });
  if (upload.has("user_signing")) core.state.commitKeys({ kind: "signed-users", userId, targets: [userId], position: core.state.nextPosition() });
  if (upload.has("master") || upload.has("self_signing")) devicesChanged(core, userId);
}

function checkKey(key: Json, userId: string, usage: Usage, signedBy: VerifyKey | undefined): void {
  const usable = Array.isArray(key["usage"]) && key["usage"].includes(usage);
  const keys = isJson(key["keys"]) ? Object.keys(key["keys"]) : [];
  if (key["user_id"] !== userId || !usable || keys.length !== 1) throw badRequest(`Invalid ${usage} key`, "M_INVALID_PARAM");
  if (signedBy !== undefined && !isSigned(key, userId, signedBy)) throw badRequest(`Invalid signature on ${usage} key`, "M_INVALID_SIGNATURE");
}
