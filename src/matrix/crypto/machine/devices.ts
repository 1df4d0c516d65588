/** What is known of other people's devices. */
import type { OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";
import { isDeviceId, type DeviceId, type UserId } from "../../../ids.ts";

export interface KnownDevice {
  readonly device: DeviceId;
  readonly name: string | undefined;
  readonly ed25519: string | undefined;
  /** By its owner's cross-signing identity. */
  readonly signedByOwner: boolean;
  /** And that identity verified by us. */
  readonly verified: boolean;
}

export async function devicesOf({ wasm, run }: OpenMachine, user: UserId): Promise<readonly KnownDevice[]> {
  const found = await run((machine) => machine.getUserDevices(new wasm.UserId(user)));
  const devices: KnownDevice[] = [];
  for (const each of found.devices()) {
    const device = each.deviceId.toString();
    if (!isDeviceId(device)) continue;
    const name = each.displayName;
    devices.push({ device, name, ed25519: each.ed25519Key?.toBase64(), signedByOwner: each.isCrossSignedByOwner(), verified: each.isVerified() });
  }
  return devices;
}
