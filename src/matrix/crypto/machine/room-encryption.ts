/** How a room's messages are encrypted. */
import type { Native, Wasm } from "@matrix-org/matrix-sdk-crypto-nodejs";
import type { RoomId, UserId } from "../../../ids.ts";

export interface RoomEncryption {
  readonly room: RoomId;
  /** Who may read: the joined members, and the invited ones where the room's history is visible to them. With ourselves, for our own other devices. */
  readonly readers: readonly UserId[];
  /** `rotation_period_ms` and `rotation_period_msgs` of `m.room.encryption`; `undefined`: a week and 100, the specification's. */
  readonly rotateAfterMs: number | undefined;
  readonly rotateAfterMessages: number | undefined;
  /** `m.room.history_visibility`. A change begins a new session. */
  readonly history: "invited" | "joined" | "shared" | "world_readable";
  /** Which of the readers' devices get the key: all, only those that their owners have signed, or only those of owners that we have verified. */
  readonly devices: "all" | "signed" | "verified";
}

const weekMs = 604_800_000;

export function toWasmSettings(wasm: Wasm, given: RoomEncryption): Native.EncryptionSettings {
  const settings = new wasm.EncryptionSettings();
  settings.algorithm = wasm.EncryptionAlgorithm.MegolmV1AesSha2;
  settings.rotationPeriod = BigInt(Math.trunc(given.rotateAfterMs ?? weekMs)) * 1000n; // microseconds
  settings.rotationPeriodMessages = BigInt(Math.trunc(given.rotateAfterMessages ?? 100));
  settings.historyVisibility = history(wasm, given.history);
  settings.sharingStrategy = strategy(wasm, given.devices);
  return settings;
}

function history({ HistoryVisibility }: Wasm, given: RoomEncryption["history"]): Native.EncryptionSettings["historyVisibility"] {
  switch (given) {
    case "invited":
      return HistoryVisibility.Invited;
    case "joined":
      return HistoryVisibility.Joined;
    case "shared":
      return HistoryVisibility.Shared;
    case "world_readable":
      return HistoryVisibility.WorldReadable;
    default:
      return given satisfies never;
  }
}

function strategy({ CollectStrategy }: Wasm, given: RoomEncryption["devices"]): Native.CollectStrategy {
  switch (given) {
    case "all":
      return CollectStrategy.allDevices();
    case "signed":
      return CollectStrategy.identityBasedStrategy();
    case "verified":
      return CollectStrategy.onlyTrustedDevices();
    default:
      return given satisfies never;
  }
}
