/** What the configuration says of backups, parsed. */
import type { SecretRef } from "../secret-ref.ts";

export interface BackupSettings {
  /** Names of the Kubernetes clusters that are looked at. */
  readonly clusters: readonly string[];
  /** `namespace/name` or `name` of PostgreSQL clusters that need no backup: their verdict is `disabled`. */
  readonly ignored: readonly string[];
  readonly limits: BackupLimits;
  /** Whether primaries are asked about their archiver, and object stores whether they are there: both need rights beside those for lists. */
  readonly asks: { readonly primaries: boolean; readonly stores: boolean };
  /** IANA name of the zone that CloudNativePG's operator runs in, where somebody has set it. */
  readonly operatorTimeZone: string;
  readonly others: readonly OtherSource[];
  readonly drill: DrillSettings | undefined;
}

export interface BackupLimits {
  /** How far back one wants to be able to go. */
  readonly windowMs: number;
  /** How much later than its schedule says a base backup may be there. */
  readonly graceMs: number;
  /** A base backup is at least this often, whatever the schedule says. */
  readonly longestPeriodMs: number;
  /** The last archived WAL may be this old. CNPG's archive_timeout is 5 min. */
  readonly archivingMs: number;
  /** A Backup that has not ended after this hangs. */
  readonly longestBackupMs: number;
  /** A Backup that nobody has begun after this hangs. */
  readonly longestPendingMs: number;
  /** A certificate or credential that ends within this is told. */
  readonly expiryMs: number;
}

/** Databases that CloudNativePG does not back up. */
export type OtherSource =
  | {
      readonly kind: "file";
      readonly name: string;
      /** The newest file that fits; `*` stands for any part of a name. */ readonly path: string;
      readonly maxAgeMs: number;
      readonly minBytes: number;
    }
  | {
      readonly kind: "s3";
      readonly name: string;
      readonly endpoint: string;
      readonly region: string;
      readonly bucket: string;
      readonly prefix: string;
      readonly accessKeyId: SecretRef;
      readonly secretAccessKey: SecretRef;
      readonly maxAgeMs: number;
      readonly minBytes: number;
    };

export interface DrillSettings {
  /** Where the throw-away cluster is made: it exists, and nothing else is in it. */
  readonly namespace: string;
  readonly deadlineMs: number;
  readonly memory: string;
  readonly cpu: string;
  readonly storageClass: string | undefined;
  /** Asked of source and copy, beside the usual ones; each answers one row of one column. */
  readonly queries: readonly DrillQuery[];
}

export interface DrillQuery {
  readonly name: string;
  readonly database: string;
  readonly sql: string;
  /** How the copy's answer must stand to the source's. `any`: it need only answer. */
  readonly expect: "equal" | "at-least-share" | "any";
  /** For `at-least-share`, from 0 to 1. */
  readonly share: number;
}
