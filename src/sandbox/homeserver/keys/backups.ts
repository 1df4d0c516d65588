/** Key backups: versions of each person, and in each the room keys by room and session. */
import type { BackedUpKey, KeyChange, KeyChangeOf } from "./key-change.ts";

export interface Backup {
  readonly userId: string;
  readonly version: number;
  readonly algorithm: string;
  readonly authData: unknown;
  readonly etag: number;
  readonly rooms: Map<string, Map<string, BackedUpKey>>;
  /** Its number is never given again. */
  readonly deleted: boolean;
}

export type BackupChange = KeyChangeOf<"backup-etag" | "backup-key" | "backup-keys-gone" | "backup-version" | "backup-version-gone">;

export class Backups {
  readonly #backups = new Map<string, Backup[]>();

  apply(change: BackupChange): void {
    const all = this.#backups.get(change.userId) ?? [];
    this.#backups.set(change.userId, all);
    const index = all.findIndex((each) => each.version === change.version);
    const backup = all[index];
    if (change.kind === "backup-version") {
      const { userId, version, algorithm, authData } = change;
      if (backup === undefined) all.push({ userId, version, algorithm, authData, etag: 0, rooms: new Map(), deleted: false });
      else all[index] = { ...backup, authData };
      return;
    }
    if (backup === undefined) return;
    switch (change.kind) {
      case "backup-version-gone":
        all[index] = { ...backup, rooms: new Map(), deleted: true };
        return;
      case "backup-etag":
        all[index] = { ...backup, etag: change.etag };
        return;
      case "backup-key":
        backup.rooms.set(change.roomId, (backup.rooms.get(change.roomId) ?? new Map<string, BackedUpKey>()).set(change.sessionId, change.key));
        return;
      case "backup-keys-gone":
        removeKeys(backup, change);
        return;
      default:
        change satisfies never;
    }
  }

  /** The newest that was not deleted. */
  current(userId: string): Backup | undefined {
    return this.#backups.get(userId)?.findLast((each) => !each.deleted);
  }

  find(userId: string, version: string): Backup | undefined {
    return this.#backups.get(userId)?.find((each) => String(each.version) === version);
  }

  /** The highest number ever given; 0 when there was none. */
  lastVersion(userId: string): number {
    return this.#backups.get(userId)?.at(-1)?.version ?? 0;
  }

  asChanges(): readonly KeyChange[] {
    return [...this.#backups.values()].flat().flatMap(({ userId, version, algorithm, authData, etag, rooms, deleted }): KeyChange[] => {
      const which = { userId, version };
      const keys = [...rooms].flatMap(([roomId, sessions]) => [...sessions].map(([sessionId, key]) => ({ roomId, sessionId, key })));
      return [
        { kind: "backup-version", ...which, algorithm, authData },
        ...keys.map((each) => ({ kind: "backup-key" as const, ...which, ...each })),
        { kind: "backup-etag", ...which, etag },
        ...(deleted ? [{ kind: "backup-version-gone" as const, ...which }] : []),
      ];
    });
  }
}

export const keysIn = ({ rooms }: Backup): number => [...rooms.values()].reduce((sum, sessions) => sum + sessions.size, 0);

function removeKeys({ rooms }: Backup, { roomId, sessionId }: KeyChangeOf<"backup-keys-gone">): void {
  if (roomId === undefined) rooms.clear();
  else if (sessionId === undefined) rooms.delete(roomId);
  else {
    rooms.get(roomId)?.delete(sessionId);
    if (rooms.get(roomId)?.size === 0) rooms.delete(roomId);
  }
}
