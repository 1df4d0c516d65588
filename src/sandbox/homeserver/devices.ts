/** A device of a person and the access token it holds. */
import type { Device } from "./accounts.ts";
import type { Core } from "./core.ts";

/** Logging in again as the same device takes the old token away. */
export function newDevice(core: Core, userId: string, wanted: string | undefined): Device {
  const deviceId = wanted ?? core.newId(10).toUpperCase();
  for (const old of core.state.accounts.devicesOf(userId)) {
    if (old.deviceId === deviceId) core.state.commit({ kind: "logout", token: old.token });
  }
  const device = { token: `syt_${core.newId(32)}`, userId, deviceId };
  core.state.commit({ kind: "device", ...device });
  return device;
}
