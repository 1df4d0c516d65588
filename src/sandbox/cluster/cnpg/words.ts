/** What CloudNativePG and the plugin say when something fails, gathered here because Opsroom reads it. */
import type { StoreTrouble } from "./buckets.ts";

export const noBackupSection = "cannot proceed with the backup as the cluster has no backup section";
export const noPlugin = "cannot proceed with the backup as the cluster has no plugin configured";
export const noBarmanSection = "no barmanObjectStore section defined on the target cluster";
export const noSnapshotSection = "no volumeSnapshot section defined on the target cluster";
/** The instance went away, and the side-car that sent the base backup with it. */
export const connectionLost = "rpc error: code = Unavailable desc = error reading from server: EOF";
export const hibernated = "cannot backup a hibernated cluster";

/** Of the plugin; barman's own words stay in the sidecar's log. */
export function pluginBackupError(trouble: StoreTrouble): string {
  const said = trouble.kind === "no-secret" ? secretWords(trouble) : "exit status 1";
  return `rpc error: code = Unknown desc = ${said}`;
}

export function inTreeBackupError(trouble: StoreTrouble): string {
  return trouble.kind === "no-secret" ? `cannot recover backup credentials: ${secretWords(trouble)}` : "exit status 1";
}

export const storeNotFound = (name: string): string => `rpc error: code = Unknown desc = objectstores.barmancloud.cnpg.io ${JSON.stringify(name)} not found`;

export function archiveError(trouble: StoreTrouble | { readonly kind: "no-store"; readonly name: string }, withPlugin: boolean): string {
  if (trouble.kind === "no-store") return storeNotFound(trouble.name);
  // What 1.28 says of a wrong key, of a store that is down and of a bucket that is gone alike.
  const said = trouble.kind === "no-secret" ? secretWords(trouble) : "unexpected failure invoking barman-cloud-wal-archive: exit status 4";
  return withPlugin ? `rpc error: code = Unknown desc = ${said}` : said;
}

const secretWords = ({ secret, key }: { readonly secret: string; readonly key: string | undefined }): string =>
  key === undefined ? `while getting secret ${secret}: secrets ${JSON.stringify(secret)} not found` : `missing key ${key}, inside secret ${secret}`;
