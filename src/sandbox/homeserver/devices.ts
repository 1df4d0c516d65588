/** A device of a person and the access token it holds. */
import type { Device } from "./accounts.ts";
import type { Core } from "./core.ts";
import { devicesChanged } from "./keys/device-lists.ts";

/** Logging in again as the same device keeps its keys, its name and, as on Synapse, the old token too. */
export function newDevice(core: Core, userId: string, wanted: string | undefined, name?: string): Device {
  const deviceId = wanted ?? core.newId(10).toUpperCase();
  const old = core.state.accounts.devicesOf(userId).find((each) => each.deviceId === deviceId);
  const displayName = old === undefined ? name : old.displayName;
  const device = { token: `syt_${core.newId(32)}`, userId, deviceId, ...(displayName === undefined ? {} : { displayName }) };
  core.state.commit({ kind: "device", ...device });
  if (old === undefined) devicesChanged(core, userId);
  return device;
}

/** With their tokens and keys, as by logging out. Those that are not there are passed over. */
export function removeDevices(core: Core, userId: string, deviceIds: readonly string[]): void {
  for (const deviceId of deviceIds) core.state.commit({ kind: "device-gone", userId, deviceId });
  if (deviceIds.length > 0) devicesChanged(core, userId);
}
