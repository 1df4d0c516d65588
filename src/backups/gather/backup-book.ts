/** Of thousands of Backup objects the few that matter, kept while they pass by. The same object may pass twice (a list begun again): it counts once. */
import { endOf, timeOfBackup, type BackupRecord } from "../records/backup.ts";

export interface BackupsOf {
  readonly newestGood: BackupRecord | undefined;
  readonly oldestGood: BackupRecord | undefined;
  readonly newestFailed: BackupRecord | undefined;
  /** That have not ended, the oldest first; at most {@link mostUnfinished}. */
  readonly unfinished: readonly BackupRecord[];
  /** The last ones, newest first; at most {@link mostHistory}. */
  readonly history: readonly BackupRecord[];
}

/** By `namespace/name` of the PostgreSQL cluster. */
export type BackupBook = ReadonlyMap<string, BackupsOf>;

export const mostUnfinished = 10;
export const mostHistory = 20;
/** PostgreSQL clusters that Backups are kept of: more is a mistake. */
const mostDatabases = 20_000;

export const noBackups: BackupsOf = { newestGood: undefined, oldestGood: undefined, newestFailed: undefined, unfinished: [], history: [] };

export interface BookKeeper {
  readonly add: (record: BackupRecord) => void;
  readonly book: () => BackupBook;
}

export function keepBackups(): BookKeeper {
  const book = new Map<string, BackupsOf>();
  return {
    add: (record) => {
      const key = `${record.namespace}/${record.database}`;
      const before = book.get(key);
      if (before === undefined && book.size >= mostDatabases) return;
      book.set(key, withRecord(before ?? noBackups, record));
    },
    book: () => book,
  };
}

function withRecord(before: BackupsOf, record: BackupRecord): BackupsOf {
  const end = endOf(record);
  return {
    newestGood: end === "good" ? newer(before.newestGood, record) : before.newestGood,
    oldestGood: end === "good" ? older(before.oldestGood, record) : before.oldestGood,
    newestFailed: end === "failed" ? newer(before.newestFailed, record) : before.newestFailed,
    unfinished: end === "none" ? placed(before.unfinished, record, mostUnfinished, (a, b) => begunAt(a) - begunAt(b)) : before.unfinished,
    history: placed(before.history, record, mostHistory, (a, b) => begunAt(b) - begunAt(a)),
  };
}

/** One of unknown age is taken for the oldest: it is never what makes a verdict better. */
function newer(before: BackupRecord | undefined, record: BackupRecord): BackupRecord {
  return before === undefined || (timeOfBackup(record) ?? 0) > (timeOfBackup(before) ?? 0) ? record : before;
}

function older(before: BackupRecord | undefined, record: BackupRecord): BackupRecord {
  const at = timeOfBackup(record);
  return before === undefined || (at !== undefined && at < (timeOfBackup(before) ?? Number.POSITIVE_INFINITY)) ? record : before;
}

function begunAt({ createdAt, startedAt }: BackupRecord): number {
  return createdAt ?? startedAt ?? 0;
}

/** Put where it belongs among a few that are in order; nothing is copied for one that does not belong there. */
function placed(
  records: readonly BackupRecord[],
  record: BackupRecord,
  most: number,
  order: (a: BackupRecord, b: BackupRecord) => number,
): readonly BackupRecord[] {
  const last = records.at(-1);
  if (records.length >= most && last !== undefined && order(record, last) >= 0) return records;
  const others = records.filter((each) => each.name !== record.name);
  const at = others.findIndex((each) => order(record, each) < 0);
  return others.toSpliced(at < 0 ? others.length : at, 0, record).slice(0, most);
}
