/** The file's records, and the one transaction that a call of the machine is. */
import { crc32 } from "node:zlib";
import type { Database, Statement } from "better-sqlite3";
import { closed, corrupt, sqliteFault, type CryptoStoreError } from "../errors.ts";
import type { Key } from "./indexeddb-types.ts";
import type { Change } from "./journal.ts";
import { openFile, type Protection } from "./open-file.ts";
import type { Owner, StoreShape } from "./schema.ts";
import { NeverSettled, settled, Turns } from "./turns.ts";

export interface KeptDatabase {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly stores: readonly StoreShape[];
}

export interface KeptRecord {
  readonly store: string;
  readonly key: Key;
  readonly value: Uint8Array;
}

/** What one transaction of IndexedDB did: changes to records and, after an upgrade, how the stores look now. */
export interface Committed {
  readonly database: string;
  readonly changes: readonly Change[];
  /** Only after an upgrade. */
  readonly shape?: { readonly version: number; readonly stores: readonly StoreShape[] };
}

export class CryptoFile {
  readonly file: string;
  readonly #sql: Database;
  readonly #put: Statement<[number, string, string, Uint8Array, number]>;
  readonly #delete: Statement<[number, string, string]>;
  readonly #clear: Statement<[number, string]>;
  readonly #turns = new Turns();
  readonly #ids = new Map<string, number>();
  #within = false;
  /** Once a write has failed, memory is ahead of the disk: nothing may be used that rests on it. */
  #failure: CryptoStoreError | undefined;

  /** @throws CryptoStoreError */
  constructor(file: string, owner: Owner, protection: Protection) {
    this.file = file;
    this.#sql = openFile(file, owner, protection);
    this.#put = this.#sql.prepare(
      "INSERT INTO idb_record (db, store, key, value, crc) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, crc = excluded.crc",
    );
    this.#delete = this.#sql.prepare("DELETE FROM idb_record WHERE db = ? AND store = ? AND key = ?");
    this.#clear = this.#sql.prepare("DELETE FROM idb_record WHERE db = ? AND store = ?");
  }

  /**
   * Runs `work` alone, and keeps everything that is committed while it runs in one SQLite transaction. Settles when that is on disk, so that what is
   * handed out never rests on something that a crash takes back. When `work` throws, what it has committed is kept: memory has it too.
   * @throws CryptoStoreError when it cannot be written; the store is of no use from then on
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(async () => {
      this.#mustBeUsable();
      this.#within = true;
      try {
        return await settled(work());
      } catch (error) {
        if (error instanceof NeverSettled) this.#fail(error);
        throw error;
      } finally {
        this.#within = false;
        this.#commit();
        this.#mustBeUsable();
      }
    });
  }

  /** Called for each transaction of IndexedDB that has completed. Never throws: whoever waits in {@link transaction} is told. */
  write({ database, changes, shape }: Committed): void {
    if (this.#failure !== undefined || (changes.length === 0 && shape === undefined)) return;
    try {
      if (!this.#sql.inTransaction) this.#sql.exec("BEGIN IMMEDIATE");
      const id = this.#id(database);
      for (const change of changes) this.#apply(id, change);
      if (shape !== undefined) this.#reshape(id, shape);
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#within) this.#commit();
  }

  forget(database: string): void {
    try {
      const id = this.#id(database);
      this.#sql.prepare("DELETE FROM idb_record WHERE db = ?").run(id);
      this.#sql.prepare("DELETE FROM idb_database WHERE id = ?").run(id);
      this.#ids.delete(database);
    } catch (error) {
      this.#fail(error);
    }
  }

  databases(): readonly KeptDatabase[] {
    return this.#reading(() =>
      this.#sql
        .prepare<[], Omit<KeptDatabase, "stores"> & { readonly stores: string }>("SELECT id, name, version, stores FROM idb_database ORDER BY id")
        .all()
        .map((row) => ({ ...row, stores: readShapes(row.stores) })),
    );
  }

  /** All records of a database, a page at a time. @throws CryptoStoreError when one is not as it was written */
  *records(database: KeptDatabase, pageSize: number): Generator<readonly KeptRecord[]> {
    type Row = { readonly rowid: number; readonly store: string; readonly key: string; readonly value: Buffer; readonly crc: number };
    // `+db` keeps SQLite from taking the index on it, by which it would read and sort all rows for each page.
    const page = this.#sql.prepare<[number, number, number], Row>(
      "SELECT rowid, store, key, value, crc FROM idb_record WHERE rowid > ? AND +db = ? ORDER BY rowid LIMIT ?",
    );
    for (let after = 0; ;) {
      const rows = this.#reading(() => page.all(after, database.id, pageSize));
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.rowid;
      yield rows.map(({ store, key, value, crc }) => {
        if (checksum(store, key, value) !== crc) throw corrupt(this.file, `a record of ${store} is not as it was written`);
        return { store, key: readKey(key), value };
      });
    }
  }

  /** After the calls that were asked for before. */
  close(): Promise<void> {
    return this.#turns.take(async () => {
      this.#failure ??= closed(this.file);
      this.#sql.close();
    });
  }

  /** At once, for a store that could not be opened. */
  abandon(): void {
    this.#failure ??= closed(this.file);
    this.#sql.close();
  }

  #mustBeUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #commit(): void {
    if (!this.#sql.open || !this.#sql.inTransaction) return;
    try {
      this.#sql.exec("COMMIT");
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= sqliteFault(this.file, "writing to it", error);
    if (this.#sql.open && this.#sql.inTransaction) this.#sql.exec("ROLLBACK");
  }

  #reading<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw error instanceof SyntaxError ? corrupt(this.file, "its description of itself cannot be read", error) : sqliteFault(this.file, "reading it", error);
    }
  }

  #apply(id: number, change: Change): void {
    switch (change.kind) {
      case "put": {
        const key = keyText(change.key);
        this.#put.run(id, change.store, key, change.value, checksum(change.store, key, change.value));
        return;
      }
      case "delete":
        this.#delete.run(id, change.store, keyText(change.key));
        return;
      case "clear":
        this.#clear.run(id, change.store);
        return;
      default:
        change satisfies never;
    }
  }

  #id(database: string): number {
    const known = this.#ids.get(database);
    if (known !== undefined) return known;
    this.#sql.prepare("INSERT INTO idb_database (name, version, stores) VALUES (?, 0, '[]') ON CONFLICT DO NOTHING").run(database);
    const row = this.#sql.prepare<[string], { readonly id: number }>("SELECT id FROM idb_database WHERE name = ?").get(database);
    if (row === undefined) throw new TypeError(`no row for the database ${database}`);
    this.#ids.set(database, row.id);
    return row.id;
  }

  /** An upgrade may have removed stores: their records go with them. */
  #reshape(id: number, { version, stores }: NonNullable<Committed["shape"]>): void {
    const kept = new Set(stores.map((store) => store.name));
    const held = this.#sql.prepare<[number], { readonly store: string }>("SELECT DISTINCT store FROM idb_record WHERE db = ?").all(id);
    for (const { store } of held) if (!kept.has(store)) this.#clear.run(id, store);
    this.#sql.prepare("UPDATE idb_database SET version = ?, stores = ? WHERE id = ?").run(version, JSON.stringify(stores), id);
  }
}

const checksum = (store: string, key: string, value: Uint8Array): number => crc32(value, crc32(`${store}\0${key}`));

function readShapes(json: string): readonly StoreShape[] {
  const shapes: StoreShape[] = JSON.parse(json);
  return shapes;
}

function readKey(json: string): Key {
  const key: Key = JSON.parse(json);
  return key;
}

/** Texts, numbers and lists of them have one form in JSON; matrix-sdk-crypto has no other keys. @throws TypeError */
function keyText(key: Key): string {
  if (!isPlain(key)) throw new TypeError("an IndexedDB key that is neither text, number nor a list of them");
  return JSON.stringify(key);
}

const isPlain = (key: unknown): boolean =>
  typeof key === "string" || (typeof key === "number" && Number.isFinite(key)) || (Array.isArray(key) && key.every(isPlain));
