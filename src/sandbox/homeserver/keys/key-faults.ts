/** What goes wrong with keys on a server: a database put back, a device deleted or forgotten. */
import type { Core } from "../core.ts";
import { removeDevices } from "../devices.ts";
import type { KeyChange } from "./key-change.ts";

/** Opaque: only {@link KeyFaults.restoreKeys} reads it. */
export type KeySnapshot = readonly KeyChange[];

export interface KeyFaults {
  /** Keys, messages to devices and key backups as they are now, for {@link restoreKeys}. */
  readonly snapshotKeys: () => KeySnapshot;
  /** Puts them back, as when the database is restored from a copy: nobody is told, and tokens, rooms and events stay. */
  readonly restoreKeys: (snapshot: KeySnapshot) => void;
  /** The server has lost this device's keys; its token still works. */
  readonly forgetDeviceKeys: (userId: string, deviceId: string) => void;
  /** As when somebody deletes it from their list of sessions: token and keys are gone. */
  readonly deleteDevice: (userId: string, deviceId: string) => void;
}

/** `restarted`: loses what a server forgets when it is started again, which a database is not put back without. */
export function keyFaults(core: Core, restarted: () => void): KeyFaults {
  return {
    snapshotKeys: () => structuredClone(core.state.keys.snapshot()),
    restoreKeys: (snapshot) => {
      core.state.commit({ kind: "keys-restored", snapshot: [...snapshot] });
      restarted();
    },
    forgetDeviceKeys: (userId, deviceId) => core.state.commitKeys({ kind: "device-keys-gone", userId, deviceId }),
    deleteDevice: (userId, deviceId) => removeDevices(core, userId, [deviceId]),
  };
}
