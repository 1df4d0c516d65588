/** `/room_keys`: an encrypted copy of a person's room keys, which only they can read. */
import * as z from "zod";
import type { Core } from "../core.ts";
import type { Json } from "../event.ts";
import { badRequest, MatrixError, notFound } from "../matrix-error.ts";
import { keysIn, type Backup } from "./backups.ts";
import { backedUpKeySchema, type BackedUpKey } from "./key-change.ts";

export const sessionsSchema = z.object({ sessions: z.record(z.string(), backedUpKeySchema) });
export const roomsSchema = z.object({ rooms: z.record(z.string(), sessionsSchema) });

export interface Which {
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/** A sandbox's memory has an end; Synapse's has none here. */
const maxKeys = 100_000;

export function createVersion(core: Core, userId: string, algorithm: string, authData: unknown): string {
  const version = core.state.keys.backups.lastVersion(userId) + 1;
  core.state.commitKeys({ kind: "backup-version", userId, version, algorithm, authData });
  return String(version);
}

/** The current one when `version` is `undefined`. @throws {MatrixError} 404 */
export function findVersion(core: Core, userId: string, version: string | undefined, message = "Unknown backup version"): Backup {
  const { backups } = core.state.keys;
  const found = version === undefined ? backups.current(userId) : backups.find(userId, version);
  if (found === undefined || found.deleted) throw notFound(message);
  return found;
}

export const versionInfo = (backup: Backup): Json => ({
  auth_data: backup.authData,
  version: String(backup.version),
  algorithm: backup.algorithm,
  etag: String(backup.etag),
  count: keysIn(backup),
});

export function updateVersion(
  core: Core,
  userId: string,
  version: string,
  info: { algorithm: string; auth_data?: unknown; version?: string | undefined },
): void {
  if (info.version !== undefined && info.version !== version) throw badRequest("Version in body does not match", "M_INVALID_PARAM");
  const old = findVersion(core, userId, version);
  if (old.algorithm !== info.algorithm) throw badRequest("Algorithm does not match", "M_INVALID_PARAM");
  core.state.commitKeys({ kind: "backup-version", userId, version: old.version, algorithm: old.algorithm, authData: info.auth_data ?? old.authData });
}

/** Deleting it again is no mistake, as on Synapse. */
export function deleteVersion(core: Core, userId: string, version: string): void {
  const found = core.state.keys.backups.find(userId, version);
  if (found === undefined) throw notFound("Unknown backup version");
  core.state.commitKeys({ kind: "backup-version-gone", userId, version: found.version });
}

/** Into the current version only. @throws {MatrixError} 403 M_WRONG_ROOM_KEYS_VERSION or 404 */
export function putKeys(core: Core, userId: string, version: string, { rooms }: z.infer<typeof roomsSchema>): Json {
  const missing = `Version '${version}' not found`;
  const current = findVersion(core, userId, undefined, missing);
  if (String(current.version) !== version) {
    findVersion(core, userId, version, missing);
    throw new MatrixError(403, "M_WRONG_ROOM_KEYS_VERSION", "Wrong room_keys version", { current_version: version });
  }
  const given = Object.entries(rooms).flatMap(([roomId, { sessions }]) => Object.entries(sessions).map(([sessionId, key]) => ({ roomId, sessionId, key })));
  const better = given.filter(({ roomId, sessionId, key }) => isBetter(key, current.rooms.get(roomId)?.get(sessionId)));
  if (keysIn(current) + better.length > maxKeys) throw new MatrixError(403, "M_RESOURCE_LIMIT_EXCEEDED", "The sandbox homeserver is full");
  for (const each of better) core.state.commitKeys({ kind: "backup-key", userId, version: current.version, ...each });
  if (better.length > 0) core.state.commitKeys({ kind: "backup-etag", userId, version: current.version, etag: current.etag + 1 });
  return tally(findVersion(core, userId, version));
}

export function deleteKeys(core: Core, userId: string, version: string, which: Which): Json {
  const found = findVersion(core, userId, version);
  core.state.commitKeys({ kind: "backup-keys-gone", userId, version: found.version, ...which });
  core.state.commitKeys({ kind: "backup-etag", userId, version: found.version, etag: found.etag + 1 });
  return tally(findVersion(core, userId, version));
}

/** @throws {MatrixError} 404 when the version, or the one session asked for, is not there */
export function getKeys(core: Core, userId: string, version: string, { roomId, sessionId }: Which): unknown {
  const { rooms } = findVersion(core, userId, version);
  const sessions = (id: string): Json => ({ sessions: Object.fromEntries(rooms.get(id) ?? []) });
  if (roomId === undefined) return { rooms: Object.fromEntries([...rooms.keys()].map((id) => [id, sessions(id)])) };
  if (sessionId === undefined) return sessions(roomId);
  const key = rooms.get(roomId)?.get(sessionId);
  if (key === undefined) throw notFound("No room_keys found");
  return key;
}

const tally = (backup: Backup): Json => ({ etag: String(backup.etag), count: keysIn(backup) });

function isBetter(key: BackedUpKey, before: BackedUpKey | undefined): boolean {
  if (before === undefined) return true;
  if (key.is_verified && !before.is_verified) return true;
  return key.first_message_index < before.first_message_index || key.forwarded_count < before.forwarded_count;
}
