/** A world with a PostgreSQL cluster that CloudNativePG runs and backs up: what the scenarios of backups may do to it. */
import type { BackupVerdict } from "../../src/backups/verdict.ts";
import type { Damage } from "../support/backup-damage.ts";
import type { StageWorld } from "./bed.ts";

export interface BackupsBed {
  readonly world: StageWorld;
  /** Backed up well, by a schedule of six fields. */
  readonly database: { readonly namespace: string; readonly name: string };
  /** A cluster with the plan's trap of five fields and no place to back up to; not everywhere there is one. */
  readonly trapped: string | undefined;
  /** What the configuration says of `backups`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of clusters with a base backup, one for each way of making them; those that were not needed so far are made now. */
  readonly restorable: () => Promise<readonly string[]>;
  /** Longer than the slowest of them takes, milliseconds. */
  readonly patience: { readonly backup: number; readonly drill: number };
  /** Whether a copy knows the time of its newest transaction. */
  readonly tellsWhatWasLost: boolean;
  /** How often a drill is killed, and up to how long after the start of the process, milliseconds. */
  readonly kills: { readonly times: number; readonly withinMs: number };
  /** Writes five fields into the schedule, and puts right what it did. */
  readonly breakSchedule: () => Promise<void>;
  readonly mendSchedule: () => Promise<void>;
  /** Names of the Clusters, Secrets, ObjectStores, volume claims and pods in the namespace of drills. */
  readonly leftovers: () => Promise<readonly string[]>;
  /** Opens what the table of damages is done to. */
  readonly openTable: () => Promise<DamageTable>;
}

export interface DamageTable extends AsyncDisposable {
  readonly damages: readonly Damage[];
  /** What would be said so much later. */
  readonly look: (laterMs: number) => Promise<BackupVerdict>;
  /** The same with the object store asked too; `undefined` where there is none to ask. */
  readonly lookAndAsk: (() => Promise<BackupVerdict>) | undefined;
  /** How long a verdict may take to turn ok after a repair. */
  readonly turnsOkWithinMs: number;
}
