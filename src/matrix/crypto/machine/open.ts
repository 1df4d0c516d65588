/** Opens a device's machine. The packages behind it, 40 MiB of memory, are loaded only now. */
import type { DeviceId, UserId } from "../../../ids.ts";
import { CryptoMachine } from "./machine.ts";

export interface OpenOptions {
  readonly user: UserId;
  /** The access token's own device. */
  readonly device: DeviceId;
  /** Holds nothing but the keys. `undefined`: in memory. */
  readonly folder: string | undefined;
  readonly passphrase: string | undefined;
}

/**
 * Makes the keys of a new device when the folder has none.
 * @throws CryptoStoreError `locked`, `corrupt`, `other-owner`, `newer`, `passphrase`, `unusable`, each with words and a remedy
 */
export async function openCryptoMachine({ user, device, folder, passphrase }: OpenOptions): Promise<CryptoMachine> {
  const { openMachine } = await import("@matrix-org/matrix-sdk-crypto-nodejs");
  const open = await openMachine({ user, device, folder, ...(passphrase === undefined ? {} : { passphrase }) });
  return new CryptoMachine(open, user, device);
}
