/** What is said of each damage of the table: the same of the real operator and of the embedded one. */
import { prepareLooks } from "../../src/process/backups.ts";
import type { BackupSettings } from "../../src/backups/settings.ts";
import type { BackupVerdict, CheckName, VerdictState } from "../../src/backups/verdict.ts";
import type { ObjectAccess } from "../../src/kubernetes/objects.ts";
import type { DamageName } from "./backup-damage.ts";
import { found } from "./must.ts";

export interface ExpectedVerdict {
  readonly check: CheckName;
  readonly state: VerdictState;
  readonly reason: RegExp;
  /** What more is said when the object store itself was asked. */
  readonly asked?: RegExp;
  /** What shows by the age of something alone: how much later the real cluster is looked at. The embedded one lets the time pass itself. */
  readonly laterMs?: number;
}

const minute = 60_000;
const hour = 60 * minute;
const hidden = /^the last base backup failed .* barman ended with an exit status and no reason/u;

export const expectedVerdicts: Readonly<Record<DamageName, ExpectedVerdict>> = {
  "wrong secret key": { check: "base", state: "failed", reason: hidden, asked: /refuses the secret key: it is wrong/u },
  "wrong key id": { check: "base", state: "failed", reason: hidden, asked: /does not know the access key id/u },
  "key withdrawn": { check: "base", state: "failed", reason: hidden, asked: /does not know the access key id/u },
  "credentials deleted": { check: "base", state: "failed", reason: /the Secret with the object store's key is missing/u },
  "store down": { check: "base", state: "failed", reason: hidden, asked: /cannot be reached/u },
  "store hangs": { check: "running", state: "failed", reason: /has been started for .* it holds up the ScheduledBackup good-pg-daily/u, laterMs: 7 * hour },
  "bucket gone": { check: "base", state: "failed", reason: hidden, asked: /has no bucket/u },
  "object store deleted": { check: "store", state: "failed", reason: /^the ObjectStore databases\/\S+ does not exist/u },
  "plugin stopped": { check: "store", state: "failed", reason: /^the plugin barman-cloud\.cloudnative-pg\.io does not run: it has no pod/u },
  "plugin uninstalled": { check: "store", state: "failed", reason: /^the plugin barman-cloud\.cloudnative-pg\.io is not installed/u },
  "operator restarted without the plugin": { check: "running", state: "failed", reason: /is begun by nobody: the plugin .* is not installed/u },
  "operator stopped": { check: "schedule", state: "failed", reason: /has not fired since .* the operator does not act on it/u, laterMs: 25 * hour },
  "archiver stopped": { check: "archiving", state: "failed", reason: /^WAL hangs: \d+ files? waits?, the last WAL got out .* ago/u, laterMs: 20 * minute },
  "primary killed during a backup": { check: "base", state: "failed", reason: /the connection to the plugin broke/u },
  "schedule suspended": { check: "schedule", state: "disabled", reason: /^good-pg-daily is suspended: there is no next backup/u },
  "schedule of five fields": { check: "schedule", state: "late", reason: /^"0 3 \* \* \*" has five fields, .* it runs every hour at minute 3/u },
  "schedule of the wrong method": { check: "schedule", state: "failed", reason: /^good-pg-daily asks for the wrong method: barmanObjectStore, the default/u },
  "backup stuck": { check: "running", state: "failed", reason: /has been started for .* it holds up the ScheduledBackup good-pg-daily/u, laterMs: 7 * hour },
};

export interface LookNeeds {
  readonly access: ObjectAccess;
  readonly namespace: string;
  readonly clusterName: string;
  readonly now: () => number;
  /** Whether the object store itself may be asked. */
  readonly asksStores: boolean;
}

/** The bot's own look at one PostgreSQL cluster, with the limits that are usual. @throws when it was not seen, or something could not be read */
export async function lookAt({ access, namespace, clusterName, now, asksStores }: LookNeeds): Promise<BackupVerdict> {
  const settings: BackupSettings = {
    clusters: ["bed"],
    ignored: [],
    limits: {
      windowMs: 7 * 24 * hour,
      graceMs: 2 * hour,
      longestPeriodMs: 8 * 24 * hour,
      archivingMs: 15 * minute,
      longestBackupMs: 6 * hour,
      longestPendingMs: 10 * minute,
      expiryMs: 14 * 24 * hour,
    },
    asks: { primaries: true, stores: asksStores },
    operatorTimeZone: "UTC",
    others: [],
    drill: undefined,
  };
  const readSecret = async (): Promise<string> => Promise.reject(new Error("there is none"));
  const { look } = prepareLooks({ settings: () => settings, clusters: () => new Map([["bed", access]]), readSecret, now });
  const { verdicts, gaps } = await look(AbortSignal.timeout(60_000));
  if (gaps.length > 0) throw new Error(`not all could be read: ${JSON.stringify(gaps)}`);
  return found(verdicts.find((each) => each.namespace === namespace && each.name === clusterName));
}

/** The checks that are not ok, a line each. */
export const troublesOf = ({ checks }: BackupVerdict): readonly string[] =>
  checks.filter(({ state }) => state !== "ok").map(({ name, state, reason }) => `${name} ${state}: ${reason}`);
