/** What is said of one source of backups: check by check, never better than what was seen. */

/** From good to bad. `disabled`: somebody has switched it off. `unknown`: could not look, which is never ok. */
export const verdictStates = ["ok", "disabled", "unknown", "late", "never", "failed"] as const;
export type VerdictState = (typeof verdictStates)[number];

/**
 * `base`: the last good base backup against its schedule. `schedule`: will there be a next one. `archiving`: does WAL get out. `window`: can one go back as
 * far as is wanted. `running`: a backup that never ends. `store`: is the object store there, and does it keep what it should. `credentials`: certificates
 * and keys that end. `history`: will the Backup objects outlive what made them.
 */
export const checkNames = ["base", "schedule", "archiving", "window", "running", "store", "credentials", "history"] as const;
export type CheckName = (typeof checkNames)[number];

export interface Check {
  readonly name: CheckName;
  readonly state: VerdictState;
  /** One line, without a full stop. May contain text from outside: it is escaped when it is shown. */
  readonly reason: string;
  /** What to do, where something is to be done. */
  readonly remedy: string | undefined;
  /** Of what the check is about: the last good base backup, the last archived WAL, the backup that hangs. */
  readonly ageMs: number | undefined;
}

export interface BackupVerdict {
  /** The Kubernetes cluster's name in the configuration; `undefined` for what is not in one. */
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  /** Of the PostgreSQL cluster, or of the source that the configuration names. */
  readonly name: string;
  /** How it is backed up, in words: `plugin barman-cloud`, `in-tree`, `volume snapshots`, `a file`, `an S3 prefix`, `nothing`. */
  readonly method: string;
  /** In the order of {@link checkNames}; those that make no sense for it are left out. */
  readonly checks: readonly Check[];
  /** The worst of the checks. */
  readonly state: VerdictState;
  /** How old the newest base backup is that could be restored. */
  readonly baseAgeMs: number | undefined;
  /** From when to when one could restore, milliseconds since 1970; `to` is the last WAL known to be archived. */
  readonly window: { readonly from: number; readonly to: number | undefined } | undefined;
}

export interface BackupPicture {
  /** The worst first, then by name. */
  readonly verdicts: readonly BackupVerdict[];
  /** What could not be read, in words, one a Kubernetes cluster: `prod: may not list clusters.postgresql.cnpg.io`. Never empty when something was not looked at. */
  readonly gaps: readonly { readonly source: string; readonly error: string }[];
  readonly state: VerdictState;
  /** When it was looked at, milliseconds since 1970. */
  readonly at: number;
}

export function worstOf(states: readonly VerdictState[]): VerdictState {
  return states.reduce<VerdictState>((worst, state) => (verdictStates.indexOf(state) > verdictStates.indexOf(worst) ? state : worst), "ok");
}
