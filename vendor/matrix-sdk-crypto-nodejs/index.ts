/**
 * What matrix-bot-sdk uses of the native binding, and {@link openMachine} for what it does not. Importing this loads neither the WebAssembly, nor
 * fake-indexeddb, nor SQLite.
 */
import type { OpenMachine, OpenOptions } from "./open.ts";

export { Attachment, EncryptedAttachment } from "./attachment.ts";
export { EncryptionSettings } from "./encryption-settings.ts";
export { CryptoStoreError, type CryptoStoreFault } from "./errors.ts";
export { DeviceId, DeviceLists, RoomId, UserId } from "./identifiers.ts";
/** The types of what {@link OpenMachine} works with. */
export type * as Native from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
export type { Wasm } from "./lazy.ts";
export { OlmMachine } from "./olm-machine.ts";
export type { OpenMachine, OpenOptions } from "./open.ts";
export { storeFileName } from "./store/schema.ts";

/** @throws CryptoStoreError, TypeError (an id that is none) */
export async function openMachine(options: OpenOptions): Promise<OpenMachine> {
  const open = await import("./open.ts");
  return open.openMachine(options);
}

/** A number in the binding, which the SDK only passes on. */
export const StoreType = Object.freeze({ Sled: 0, Sqlite: 0 });
export type StoreType = 0;
