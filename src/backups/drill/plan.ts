/** What a drill would restore, or why it cannot. Pure. */
import { clockTime } from "../../chat/render/units.ts";
import type { View } from "../../chat/command.ts";
import type { Refusal } from "../acting/needs.ts";
import { timeOfBackup, type BackupRecord } from "../records/backup.ts";
import type { DatabaseRecord } from "../records/database.ts";
import type { ObjectStoreRecord } from "../records/object-store.ts";
import { possibleMethods } from "../run/method.ts";

/** Where the base backup and the WAL come from. */
export type Origin =
  | { readonly kind: "plugin"; readonly plugin: string; readonly objectStore: string; readonly serverName: string }
  | { readonly kind: "in-tree"; readonly serverName: string };

export interface DrillPlan {
  readonly origin: Origin;
  /** The newest good one, as far as its Backup is still there. */
  readonly backup: { readonly name: string | undefined; readonly endedAt: number };
  /** The time to go back to, milliseconds since 1970; `undefined`: as far as there is WAL. */
  readonly at: number | undefined;
}

export interface PlanFacts {
  readonly database: DatabaseRecord;
  /** The completed ones of this cluster. */
  readonly good: readonly BackupRecord[];
  /** Of its namespace. */
  readonly stores: readonly ObjectStoreRecord[];
  /** Namespace of the drill. */
  readonly place: string;
}

export function planDrill({ database, good, stores, place }: PlanFacts, at: number | undefined, view: View): DrillPlan | Refusal {
  const { name, namespace } = database;
  if (place === namespace) return { refusal: `A drill needs a namespace of its own: ${place} is that of ${name}. Change backups.drill.namespace.` };
  const origin = originOf(database);
  if ("refusal" in origin) return origin;
  const store = origin.kind === "plugin" ? stores.find((each) => each.name === origin.objectStore) : undefined;
  if (origin.kind === "plugin" && store === undefined)
    return { refusal: `The ObjectStore ${origin.objectStore} of ${name} does not exist: there is nothing to restore from.` };
  const window = store?.windows.get(origin.serverName);
  const method = origin.kind === "plugin" ? "plugin" : "barmanObjectStore";
  const usable = good.filter((each) => each.method === method).toSorted((a, b) => (timeOfBackup(b) ?? 0) - (timeOfBackup(a) ?? 0));
  const [newest] = usable;
  const endedAt =
    (newest === undefined ? undefined : timeOfBackup(newest)) ?? (origin.kind === "plugin" ? window?.lastSuccessfulBackup : database.lastSuccessfulBackup);
  if (endedAt === undefined) return { refusal: `${name} has no completed backup that could be restored. See !backup ${name}.` };
  const oldest = usable.at(-1);
  const from =
    (origin.kind === "plugin" ? window?.firstRecoverabilityPoint : database.firstRecoverabilityPoint) ??
    (oldest === undefined ? endedAt : timeOfBackup(oldest));
  if (at !== undefined && (at < (from ?? endedAt) || at > view.now))
    return { refusal: `${clockTime(at, view)} is outside of what can be restored: ${clockTime(from ?? endedAt, view)} to now.` };
  return { origin, backup: { name: newest?.name, endedAt }, at };
}

function originOf(database: DatabaseRecord): Origin | Refusal {
  const { plugin, inTree, name } = database;
  const [method] = possibleMethods(database);
  if (method === "plugin" && plugin !== undefined)
    return plugin.objectStore === undefined
      ? { refusal: `The plugin ${plugin.name} of ${name} names no ObjectStore (parameter barmanObjectName): there is nothing to restore from.` }
      : { kind: "plugin", plugin: plugin.name, objectStore: plugin.objectStore, serverName: plugin.serverName };
  if (method === "barmanObjectStore" && inTree !== undefined) return { kind: "in-tree", serverName: inTree.serverName };
  if (method === "volumeSnapshot")
    return { refusal: `${name} has volume snapshots only. They cannot be restored in another namespace, so there is no drill of them.` };
  return { refusal: `${name} has no backups that could be restored: neither a plugin with an object store nor barmanObjectStore.` };
}
