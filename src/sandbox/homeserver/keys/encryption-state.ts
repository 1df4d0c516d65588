/** All that the embedded homeserver keeps for encryption. */
import { Backups } from "./backups.ts";
import { CrossSigning } from "./cross-signing.ts";
import { DeviceKeys } from "./device-keys.ts";
import { Inbox } from "./inbox.ts";
import type { KeyChange } from "./key-change.ts";

export class EncryptionState {
  devices = new DeviceKeys();
  crossSigning = new CrossSigning();
  inbox = new Inbox();
  backups = new Backups();
  /** By user: the position of the last change to their devices or cross-signing keys. */
  readonly deviceListChanged = new Map<string, number>();
  /** By user: whose keys they signed, and the position at which they last did. */
  readonly usersSigned = new Map<string, Map<string, number>>();

  apply(change: KeyChange): void {
    switch (change.kind) {
      case "device-list":
        this.deviceListChanged.set(change.userId, change.position);
        return;
      case "signed-users": {
        const signed = this.usersSigned.get(change.userId) ?? new Map<string, number>();
        this.usersSigned.set(change.userId, signed);
        for (const target of change.targets) signed.set(target, change.position);
        return;
      }
      case "device-keys":
      case "device-keys-gone":
      case "fallback-key":
      case "fallback-key-used":
      case "one-time-key-claimed":
      case "one-time-keys":
        this.devices.apply(change);
        return;
      case "cross-signature":
      case "cross-signing-key":
        this.crossSigning.apply(change);
        return;
      case "to-device":
      case "to-device-read":
        this.inbox.apply(change);
        return;
      case "backup-etag":
      case "backup-key":
      case "backup-keys-gone":
      case "backup-version":
      case "backup-version-gone":
        this.backups.apply(change);
        return;
      default:
        change satisfies never;
    }
  }

  /** Keys, messages to devices and backups, as the changes that would make them anew. */
  snapshot(): readonly KeyChange[] {
    return [this.devices, this.crossSigning, this.inbox, this.backups].flatMap((each) => [...each.asChanges()]);
  }

  /** Everything since the snapshot is lost and nobody is told, as when a database is put back. */
  restore(snapshot: readonly KeyChange[]): void {
    this.devices = new DeviceKeys();
    this.crossSigning = new CrossSigning();
    this.inbox = new Inbox();
    this.backups = new Backups();
    for (const change of snapshot) this.apply(change);
  }

  removeDevice(userId: string, deviceId: string): void {
    this.devices.apply({ kind: "device-keys-gone", userId, deviceId });
    this.inbox.remove(userId, deviceId);
  }
}
