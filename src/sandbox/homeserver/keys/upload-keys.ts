/** `/keys/upload`, in the order in which Synapse takes it: what stands before a mistake stays. */
import * as z from "zod";
import { sameJson, type Caller, type Core } from "../core.ts";
import { isJson, type Json } from "../event.ts";
import { badRequest, MatrixError } from "../matrix-error.ts";
import { readModel } from "../model.ts";
import { algorithmOf } from "./device-keys.ts";
import { devicesChanged } from "./device-lists.ts";
import { canonicalJson } from "./signed-json.ts";

const signatures = z.record(z.string(), z.record(z.string(), z.string()));
const key = z.union([z.string(), z.looseObject({ key: z.string(), fallback: z.boolean().nullish(), signatures })]);
const keys = z.record(z.string().regex(/^[^:]*:[^:]*$/u, 'Expected "<algorithm>:<device_id>".'), key).nullish();

const schema = z.object({
  device_keys: z
    .looseObject({
      algorithms: z.array(z.string()),
      device_id: z.string(),
      keys: z.record(z.string(), z.string()),
      signatures,
      user_id: z.string(),
    })
    .optional(),
  one_time_keys: keys,
  fallback_keys: keys,
});

/** For each algorithm. */
const maxOneTimeKeys = 500;

/** @throws {MatrixError} 400 */
export function uploadKeys(core: Core, caller: Caller, body: Json): Json {
  if (body["device_keys"] === null) throw badRequest("device_keys must not be null", "M_INVALID_PARAM");
  const upload = readModel(schema, body);
  const { userId, deviceId } = caller;
  const identity = upload.device_keys;
  for (const [name, wanted] of [
    ["user_id", userId],
    ["device_id", deviceId],
  ] as const) {
    if (identity !== undefined && identity[name] !== wanted)
      throw badRequest(`Provided \`${name}\` in \`device_keys\` does not match that of the authenticated user`, "M_BAD_JSON");
  }
  if (identity !== undefined && !sameJson(core.state.keys.devices.identity(userId, deviceId), identity)) {
    core.state.commitKeys({ kind: "device-keys", userId, deviceId, keys: identity });
    devicesChanged(core, userId);
  }
  addOneTimeKeys(core, caller, upload.one_time_keys ?? {});
  for (const [id, value] of Object.entries(upload.fallback_keys ?? {})) {
    const before = core.state.keys.devices.fallbackKey(userId, deviceId, algorithmOf(id));
    // The same key again stays used if it was.
    if (before === undefined || !sameJson(before.key, value)) core.state.commitKeys({ kind: "fallback-key", userId, deviceId, id, key: value });
  }
  return { one_time_key_counts: core.state.keys.devices.oneTimeCounts(userId, deviceId) };
}

function addOneTimeKeys(core: Core, { userId, deviceId }: Caller, uploaded: Json): void {
  const store = core.state.keys.devices;
  const added: Record<string, unknown> = {};
  const counts: Record<string, number> = { ...store.oneTimeCounts(userId, deviceId) };
  for (const [id, value] of Object.entries(uploaded)) {
    const before = store.oneTimeKey(userId, deviceId, id);
    if (before !== undefined && !sameKey(before, value))
      throw badRequest(`One time key ${id} already exists. Old key: ${canonicalJson(before)}; new key: ${canonicalJson(value)}`);
    if (before === undefined) {
      added[id] = value;
      counts[algorithmOf(id)] = (counts[algorithmOf(id)] ?? 0) + 1;
    }
  }
  const over = Object.entries(counts).find(([, count]) => count > maxOneTimeKeys);
  if (over !== undefined && Object.keys(added).length > 0) {
    const message = `Uploading more ${over[0]} one-time keys would leave the device holding ${over[1]}, over the limit of ${maxOneTimeKeys}`;
    throw new MatrixError(400, "M_TOO_LARGE", message);
  }
  if (Object.keys(added).length > 0) core.state.commitKeys({ kind: "one-time-keys", userId, deviceId, keys: added });
}

/** The same key may be signed anew. */
function sameKey(a: unknown, b: unknown): boolean {
  if (!isJson(a) || !isJson(b)) return a === b;
  const { signatures: _a, ...left } = a;
  const { signatures: _b, ...right } = b;
  return sameJson(left, right);
}
