/** The tables of the file, and what is noted about the file itself. */
import type { IndexOptions } from "./indexeddb-types.ts";

export const storeFileName = "crypto.sqlite3";

/** `OPSC`: tells this file from any other SQLite database. */
export const applicationId = 0x4f505343;
export const schemaVersion = 1;

export const tables = `
  CREATE TABLE about (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE idb_database (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, stores TEXT NOT NULL) STRICT;
  CREATE TABLE idb_record (
    db INTEGER NOT NULL REFERENCES idb_database, store TEXT NOT NULL, key TEXT NOT NULL,
    value BLOB NOT NULL, crc INTEGER NOT NULL, UNIQUE (db, store, key)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};`;

/** Whose keys these are. A store is opened by its owner only. */
export interface Owner {
  readonly user: string;
  readonly device: string;
}

/** One object store of IndexedDB, as `idb_database.stores` has it in JSON. */
export interface StoreShape {
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly indexes: readonly (IndexOptions & { readonly name: string; readonly keyPath: string | readonly string[] })[];
}
