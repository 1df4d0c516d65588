/** How a room's messages are encrypted, as the SDK sets it field by field. */
import type { EncryptionSettings as Settings } from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
import type { Wasm } from "./lazy.ts";

const weekMs = 604_800_000n;
/** `HistoryVisibility.Shared`, without loading the WebAssembly for it. */
const shared = 2;

export class EncryptionSettings {
  /** `undefined`, as the SDK gives it for what it does not know, is refused when the key is shared. */
  algorithm: number | undefined = 1;
  /** Milliseconds: that is what the SDK sets, though the binding's documents say microseconds. */
  rotationPeriod = weekMs;
  rotationPeriodMessages = 100n;
  historyVisibility: number = shared;
  onlyAllowTrustedDevices = false;
  errorOnVerifiedUserProblem = false;
}

/** @throws TypeError for an algorithm that is not Megolm: another would be no encryption that members can read */
export function toWasmSettings(wasm: Wasm, given: EncryptionSettings): Settings {
  const megolm = wasm.EncryptionAlgorithm.MegolmV1AesSha2;
  if (given.algorithm !== megolm) throw new TypeError("this room asks for an encryption algorithm other than m.megolm.v1.aes-sha2");
  const settings = new wasm.EncryptionSettings();
  settings.algorithm = megolm;
  settings.rotationPeriod = given.rotationPeriod * 1000n;
  settings.rotationPeriodMessages = given.rotationPeriodMessages;
  settings.historyVisibility = given.historyVisibility;
  if (given.onlyAllowTrustedDevices) settings.sharingStrategy = wasm.CollectStrategy.onlyTrustedDevices();
  else if (given.errorOnVerifiedUserProblem) settings.sharingStrategy = wasm.CollectStrategy.errorOnUnverifiedUserProblem();
  else settings.sharingStrategy = wasm.CollectStrategy.allDevices();
  return settings;
}
