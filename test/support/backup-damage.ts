/** What can go wrong with the backups of a PostgreSQL cluster: one table of damages for the real operator and for the embedded cluster. */

/** In every case the cluster had a good base backup, a schedule that fires and WAL that is archived before the damage. */
export const damageNames = [
  // The Secret holds another secret key than the store knows.
  "wrong secret key",
  // The Secret holds a key id that the store does not know.
  "wrong key id",
  // The store no longer takes the key that the Secret holds.
  "key withdrawn",
  // The Secret that the store's credentials lie in is gone.
  "credentials deleted",
  // Nothing answers at the store's address.
  "store down",
  // The store takes connections and never answers.
  "store hangs",
  // The bucket is deleted with all that was in it.
  "bucket gone",
  // The ObjectStore that the cluster names is gone.
  "object store deleted",
  // The plugin's Deployment is scaled to zero.
  "plugin stopped",
  // The plugin's Deployment and Service are deleted.
  "plugin uninstalled",
  // The plugin is uninstalled and the operator started again.
  "operator restarted without the plugin",
  // The operator's Deployment is scaled to zero.
  "operator stopped",
  // PostgreSQL's archive command is never done: no WAL gets out, and nothing reports a failure.
  "archiver stopped",
  // The primary's pod is deleted without grace while it sends a base backup; the operator starts it again.
  "primary killed during a backup",
  // The ScheduledBackup is suspended.
  "schedule suspended",
  // The ScheduledBackup's cron expression has five fields.
  "schedule of five fields",
  // The ScheduledBackup asks for the in-tree method, which the cluster does not have.
  "schedule of the wrong method",
  // A Backup of the schedule began and never ends, and no other one begins while it is there.
  "backup stuck",
] as const;

export type DamageName = (typeof damageNames)[number];

export interface Damage {
  readonly name: DamageName;
  /** Does it, and resolves when its traces are in the cluster's objects, as far as it leaves any. */
  readonly inflict: () => Promise<void>;
  /** Undoes it, and resolves when the cluster is healthy and has what it needs for a verdict that is ok: after a lost bucket a new base backup too. */
  readonly repair: () => Promise<void>;
}

/** A cluster to be damaged: the PostgreSQL cluster of this name has been backed up and is well. */
export interface Damageable extends AsyncDisposable {
  readonly kubeconfigPath: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly damages: readonly Damage[];
}
