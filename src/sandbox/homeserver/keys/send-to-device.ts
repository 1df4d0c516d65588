/** `/sendToDevice`: to one device, or with `*` to all of a person's. A device that is not there gets nothing, and nobody is told. */
import type { Caller, Core } from "../core.ts";
import { isJson, type Json } from "../event.ts";
import { badRequest, MatrixError } from "../matrix-error.ts";
import { canonicalJson } from "./signed-json.ts";

const maxContentBytes = 65_536;

/** Synapse's default for asking others for keys (`rc_key_requests`), a device: what is over is dropped without a word. */
const keyRequests = { perSecond: 20, burst: 100 };

/** @throws {MatrixError} 400 or 413 */
export function sendToDevice(core: Core, caller: Caller, type: string, messages: unknown): void {
  if (messages === undefined) throw badRequest("Missing params: ['messages']", "M_MISSING_PARAM");
  if (!isJson(messages)) throw badRequest("messages is no object", "M_BAD_JSON");
  const wanted = Object.entries(messages).map(([userId, devices]) => [userId, readDevices(userId, devices)] as const);
  const allowed = wanted.filter(([userId]) => type !== "m.room_key_request" || userId === caller.userId || mayRequestKeys(core, caller));
  const addressed = allowed.flatMap(([userId, devices]) =>
    deliveries(core, userId, devices).map(([deviceId, content]) => ({ userId, deviceId, event: { content, type, sender: caller.userId } })),
  );
  if (addressed.length > 0) core.state.commitKeys({ kind: "to-device", position: core.state.nextPosition(), messages: addressed });
}

function readDevices(userId: string, devices: unknown): readonly (readonly [string, Json])[] {
  if (!isJson(devices)) throw badRequest("messages is no object of objects", "M_BAD_JSON");
  return Object.entries(devices).map(([deviceId, content]) => {
    if (!isJson(content)) throw badRequest("a message is no object", "M_BAD_JSON");
    const bytes = Buffer.byteLength(canonicalJson(content));
    const message = `To-device message for ${userId}:${deviceId} is too large to send (${bytes} > ${maxContentBytes})`;
    if (bytes > maxContentBytes) throw new MatrixError(413, "M_TOO_LARGE", message);
    return [deviceId, content] as const;
  });
}

function deliveries(core: Core, userId: string, devices: readonly (readonly [string, Json])[]): readonly (readonly [string, Json])[] {
  const there = new Set(core.state.accounts.devicesOf(userId).map((each) => each.deviceId));
  const [only] = devices;
  if (devices.length === 1 && only?.[0] === "*") return [...there].map((deviceId) => [deviceId, only[1]] as const);
  return devices.filter(([deviceId]) => there.has(deviceId));
}

function mayRequestKeys(core: Core, { userId, deviceId }: Caller): boolean {
  const limit = core.state.accounts.rateLimitOverride(userId) ?? (core.limits === "none" ? "none" : keyRequests);
  if (limit === "none" || limit.perSecond === 0) return true;
  return core.limiter.tryAction(`key-requests ${userId} ${deviceId}`, limit, core.clock.now(), true) === undefined;
}
