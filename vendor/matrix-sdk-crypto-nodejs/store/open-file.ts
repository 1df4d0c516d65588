/** Opens the SQLite file: its permissions, its lock, its settings, and whether it is ours to use. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { Database } from "better-sqlite3";
import { CryptoStoreError, corrupt, sqliteFault } from "../errors.ts";
import { sqlite } from "../lazy.ts";
import { applicationId, schemaVersion, tables, type Owner } from "./schema.ts";

/** Whether the values in it are encrypted: set when it is made, and for good. */
export type Protection = "none" | "passphrase";

/** @throws CryptoStoreError */
export function openFile(file: string, owner: Owner, protection: Protection): Database {
  let database: Database | undefined;
  try {
    makePrivate(file);
    database = new (sqlite())(file, { timeout: 0 });
    // Exclusive before WAL: the lock is then held from the first access until the connection closes, and there is no shared memory file.
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    // Keys that are used up shall not stay in free pages.
    database.pragma("secure_delete = ON");
    database.pragma(`journal_size_limit = ${16 * 2 ** 20}`);
    database.exec("BEGIN IMMEDIATE");
    judge(database, file, owner, protection);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    database?.close();
    throw sqliteFault(file, "opening it", error);
  }
}

/** The file is never readable by others, not even for a moment; SQLite gives its WAL the same mode. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Only ever created, never opened again: closing any descriptor of a file drops all of this process's POSIX locks on it.
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    chmodSync(file, 0o600);
  }
}

function judge(database: Database, file: string, owner: Owner, protection: Protection): void {
  const number = (pragma: string): number => Number(database.pragma(pragma, { simple: true }));
  if (number("application_id") === 0 && number("user_version") === 0 && number("page_count") <= 1 && !hasTables(database)) {
    database.exec(tables);
    const note = database.prepare<[string, string]>("INSERT INTO about (what, value) VALUES (?, ?)");
    for (const [what, value] of Object.entries({ ...owner, protection })) note.run(what, value);
    return;
  }
  if (number("application_id") !== applicationId) throw corrupt(file, "it is a database of something else");
  if (number("user_version") > schemaVersion) throw newer(file, `schema ${number("user_version")}, this version knows ${schemaVersion}`);
  const about = new Map(
    database
      .prepare<[], { what: string; value: string }>("SELECT what, value FROM about")
      .all()
      .map(({ what, value }) => [what, value]),
  );
  const [user, device] = [about.get("user"), about.get("device")];
  if (user === undefined || device === undefined) throw corrupt(file, "it does not say whose keys it holds");
  if (user !== owner.user || device !== owner.device)
    throw new CryptoStoreError(
      "other-owner",
      `The store of encryption keys ${file} belongs to ${user} on device ${device}; the access token is of ${owner.user} on device ${owner.device}.`,
      "Use the access token that these keys were made with, or reset encryption so that the new device begins with keys of its own.",
    );
  if (about.get("protection") !== protection)
    throw protection === "none"
      ? passphraseFault(`The store of encryption keys ${file} is protected by a passphrase, and none is configured.`)
      : passphraseFault(`The store of encryption keys ${file} was made without a passphrase, and one is configured.`);
}

const hasTables = (database: Database): boolean => database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;

export const newer = (file: string, found: string): CryptoStoreError =>
  new CryptoStoreError(
    "newer",
    `The store of encryption keys ${file} was written by a newer version (${found}).`,
    "Start the newer version again; going back is only possible with a copy of the folder from before.",
  );

export const passphraseFault = (found: string, cause?: unknown): CryptoStoreError =>
  new CryptoStoreError(
    "passphrase",
    found,
    "Configure the passphrase that the store was made with; it can be neither changed nor found out, so if it is lost, reset encryption.",
    { cause },
  );
