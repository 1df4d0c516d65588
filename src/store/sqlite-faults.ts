/** What SQLite's result codes mean for whoever has to mend it. Codes: https://www.sqlite.org/rescode.html */
import Database from "better-sqlite3";
import { storeCorrupt, StoreUnavailable } from "./errors.ts";

/** An OpsroomError for what the outside world did; the error itself when it is a bug of ours. */
export function sqliteFault(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return damagedFile(file, code, error);
  const unavailable = remedies.find(([prefix]) => code.startsWith(prefix));
  return unavailable === undefined ? error : new StoreUnavailable(`the database file ${file} ${unavailable[1]} (${code})`, unavailable[2], error);
}

/** @param found SQLite's word for it */
export function damagedFile(file: string, found: string, cause?: unknown): Error {
  return storeCorrupt(
    `the database file ${file}`,
    found,
    `Stop Opsroom and keep a copy of ${file} and ${file}-wal. Restore a backup, or save what can be read: sqlite3 ${file} .recover | sqlite3 new.db`,
    cause,
  );
}

/** After these the connection itself may be spoilt (a volume that went and came back): it is opened anew. */
export function spoilsConnection(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && ["SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"].some((prefix) => code.startsWith(prefix));
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith("SQLITE_BUSY") === true;
}

const remedies: readonly (readonly [prefix: string, found: string, remedy: string])[] = [
  ["SQLITE_FULL", "cannot grow: the disk is full", "Free space on that disk; Opsroom goes on by itself."],
  ["SQLITE_IOERR", "could not be read or written: input/output error", "Look at the disk and the kernel's log; Opsroom tries again by itself."],
  ["SQLITE_CANTOPEN", "could not be opened", "See that its folder exists and that Opsroom may write there; Opsroom tries again by itself."],
  [
    "SQLITE_READONLY",
    "cannot be written, or was replaced",
    "Make the file and its folder writable and leave the file in place; Opsroom tries again by itself.",
  ],
  ["SQLITE_PERM", "may not be used", "Give Opsroom's user the right to read and write it."],
  ["SQLITE_BUSY", "is locked by another process for too long", "See what else has it open; Opsroom tries again by itself."],
  ["SQLITE_LOCKED", "is locked", "Opsroom tries again by itself."],
  ["SQLITE_PROTOCOL", "is locked by another process for too long", "See what else has it open; Opsroom tries again by itself."],
  ["SQLITE_NOMEM", "could not be used: no memory", "Give Opsroom more memory."],
];

function sqliteCode(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined;
}
