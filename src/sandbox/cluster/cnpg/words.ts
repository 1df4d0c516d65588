/** What CloudNativePG and the plugin say when something fails, gathered here because Opsroom reads it. */
import type { StoreTrouble } from "./buckets.ts";

export const noBackupSection = "cannot proceed with the backup as the cluster has no backup section";
export const noPlugin = "cannot proceed with the backup as the cluster has no plugin configured";
export const noBarmanSection = "no barmanObjectStore section defined on the target cluster";
export const noSnapshotSection = "no volumeSnapshot section defined on the target cluster";
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
  const said =
    trouble.kind === "no-secret" ? secretWords(trouble) : `unexpected failure invoking barman-cloud-wal-archive: exit status ${exitOf[trouble.kind]}`;
  return withPlugin ? `rpc error: code = Unknown desc = ${said}` : said;
}

const exitOf = { denied: 1, gone: 1, hangs: 1, unreachable: 2 } as const;

const secretWords = ({ secret, key }: { readonly secret: string; readonly key: string }): string => `missing key ${key}, inside secret ${secret}`;
