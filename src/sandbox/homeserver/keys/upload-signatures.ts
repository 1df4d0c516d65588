/** `/keys/signatures/upload`: signatures on one's own devices and master key, and on other people's master keys. */
import { sameJson, type Core } from "../core.ts";
import { isJson, type Json } from "../event.ts";
import { badRequest, MatrixError, notFound } from "../matrix-error.ts";
import { devicesChanged } from "./device-lists.ts";
import { deviceKeys } from "./find-keys.ts";
import type { Usage } from "./key-change.ts";
import { isSigned, signatureOf, signedPart, verifyKeyOf, type VerifyKey } from "./signed-json.ts";

interface Made {
  readonly target: string;
  readonly device: string;
  readonly keyId: string;
  readonly signature: string;
}

/** Stores what is right and names what is not, by user and device, in Synapse's form. */
export function uploadSignatures(core: Core, by: string, upload: Json): Json {
  const failures: Record<string, Record<string, Json>> = {};
  const made: Made[] = [];
  for (const [target, devices] of Object.entries(upload)) {
    if (!isJson(devices)) throw badRequest("Invalid parameter", "M_INVALID_PARAM");
    for (const [device, signed] of Object.entries(devices)) {
      if (!isJson(signed)) throw badRequest("Invalid parameter", "M_INVALID_PARAM");
      try {
        made.push(...(target === by ? ownSignatures(core, by, device, signed) : othersSignature(core, by, target, device, signed)));
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error;
        (failures[target] ??= {})[device] = { status: error.status, errcode: error.errcode, message: `${error.status}: ${error.message}` };
      }
    }
  }
  for (const each of made) core.state.commitKeys({ kind: "cross-signature", by, ...each });
  if (made.some((each) => each.target === by)) devicesChanged(core, by);
  const others = [...new Set(made.map((each) => each.target).filter((target) => target !== by))];
  if (others.length > 0) core.state.commitKeys({ kind: "signed-users", userId: by, targets: others, position: core.state.nextPosition() });
  return { failures };
}

function ownSignatures(core: Core, by: string, device: string, signed: Json): readonly Made[] {
  const selfSigning = signingKey(core, by, "self_signing");
  const master = signingKey(core, by, "master");
  const devices = deviceKeys(core, by, []);
  if (Object.keys(devices).length === 0) throw notFound("No device keys found");
  if (device === master.key.name) return signaturesOnMaster(by, device, signed, master.json, devices);
  const signature = signatureOf(signed, by, selfSigning.key.id);
  if (signature === undefined) throw invalidSignature();
  const stored = devices[device];
  if (stored === undefined) throw notFound("Unknown device");
  if (signatureOf(stored, by, selfSigning.key.id) !== undefined) return [];
  checkSigned(by, selfSigning.key, signed, stored);
  return [{ target: by, device, keyId: selfSigning.key.id, signature }];
}

/** A device says that this master key is its owner's. */
function signaturesOnMaster(by: string, device: string, signed: Json, master: Json, devices: Readonly<Record<string, Json>>): readonly Made[] {
  const all = isJson(signed["signatures"]) ? signed["signatures"][by] : undefined;
  if (!isJson(all)) throw invalidSignature();
  return Object.keys(all).map((keyId) => {
    const name = keyId.slice(keyId.indexOf(":") + 1);
    const keys = devices[name]?.["keys"];
    const base64 = isJson(keys) ? keys[keyId] : undefined;
    const signature = signatureOf(signed, by, keyId);
    if (typeof base64 !== "string" || signature === undefined) throw invalidSignature();
    checkSigned(by, { id: keyId, name, base64 }, signed, master);
    return { target: by, device, keyId, signature };
  });
}

function othersSignature(core: Core, by: string, target: string, device: string, signed: Json): readonly Made[] {
  const own = signingKey(core, by, "user_signing");
  const master = signingKey(core, target, "master", by);
  if (device !== master.key.name) throw notFound("Unknown device");
  if (signatureOf(master.json, by, own.key.id) !== undefined) return [];
  checkSigned(by, own.key, signed, master.json);
  return [{ target, device, keyId: own.key.id, signature: signatureOf(signed, by, own.key.id) ?? "" }];
}

function signingKey(core: Core, userId: string, usage: Usage, viewer = userId): { readonly json: Json; readonly key: VerifyKey } {
  const json = core.state.keys.crossSigning.keySeenBy(userId, usage, viewer);
  const key = json === undefined ? undefined : verifyKeyOf(json);
  if (json === undefined || key === undefined) throw notFound(`No ${usage} key found for ${userId}`);
  return { json, key };
}

function checkSigned(by: string, key: VerifyKey, signed: Json, stored: Json): void {
  if (!sameJson(signedPart(signed), signedPart(stored))) throw badRequest("Key does not match");
  if (!isSigned(signed, by, key)) throw invalidSignature();
}

const invalidSignature = (): MatrixError => badRequest("Invalid signature", "M_INVALID_SIGNATURE");
