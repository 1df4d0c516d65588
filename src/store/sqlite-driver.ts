/** One SQLite connection for Kysely: write transactions begin IMMEDIATE, every error is told in our words, a spoilt connection is opened anew. */
import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type Database from "better-sqlite3";
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely";
import { isBusy, spoilsConnection, sqliteFault } from "./sqlite-faults.ts";

export interface SqliteConnectionOptions {
  readonly file: string;
  /** Opens a connection with its pragmas set. */
  readonly open: () => Database.Database;
  readonly begin: "begin immediate" | "begin deferred";
}

/** Another process may hold the write lock for this long before we give up. We wait without blocking the event loop. */
const lockDeadlineMs = 5000;
const lockRetryMs = 10;
const lookForFileEveryMs = 1000;
const mostStatements = 200;

export function sqliteDialect(options: SqliteConnectionOptions): Dialect {
  return {
    createDriver: () => new SqliteDriver(options),
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  constructor(options: SqliteConnectionOptions) {
    this.#connection = new SqliteConnection(options);
  }
  async init(): Promise<void> {
    this.#connection.open();
  }
  async acquireConnection(): Promise<SqliteConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    await this.#connection.begin();
  }
  async commitTransaction(): Promise<void> {
    this.#connection.commit();
  }
  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {
    this.#connection.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #options: SqliteConnectionOptions;
  /** Preparing costs as much as running; and a statement that is thrown away keeps its memory until the next garbage collection. */
  readonly #statements = new Map<string, Database.Statement>();
  #database: Database.Database | undefined;
  #fileId: string | undefined;
  #lookedAt = 0;
  #inTransaction = false;
  /** The first error of this transaction. */
  #failure: { readonly told: unknown } | undefined;

  constructor(options: SqliteConnectionOptions) {
    this.#options = options;
  }

  open(): void {
    this.#guard((database) => database);
  }

  async begin(): Promise<void> {
    const giveUpAt = performance.now() + lockDeadlineMs;
    for (;;) {
      try {
        this.#prepare(this.#use(this.#options.begin === "begin immediate"), this.#options.begin).run();
        this.#inTransaction = true;
        this.#failure = undefined;
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw this.#tell(error);
      }
      await delay(lockRetryMs);
    }
  }

  commit(): void {
    this.#guard((database) => this.#prepare(database, "commit").run());
    this.#inTransaction = false;
  }

  /** SQLite has already rolled back by itself after some errors (a full disk, for one). */
  rollback(): void {
    this.#inTransaction = false;
    this.#failure = undefined;
    if (this.#database?.inTransaction === true) this.#guard((database) => database.exec("rollback"));
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    return this.#guard((database) => {
      const statement = this.#prepare(database, sql);
      if (statement.reader) return { rows: rowsOf<Row>(statement.all(...parameters)) };
      return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
    });
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("streaming is not used here: read page by page");
  }

  close(): void {
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #prepare(database: Database.Database, sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= mostStatements) this.#statements.clear();
    const statement = database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** A file that was moved or replaced would be written to where nobody finds it again: looked for before each transaction that writes, by others now and then. */
  #use(writes = false): Database.Database {
    const now = performance.now();
    if (this.#database !== undefined && !this.#inTransaction && (writes || now - this.#lookedAt >= lookForFileEveryMs)) {
      this.#lookedAt = now;
      if (fileId(this.#options.file) !== this.#fileId) this.close();
    }
    if (this.#database === undefined) {
      this.#database = this.#options.open();
      this.#fileId = fileId(this.#options.file);
      this.#lookedAt = now;
    }
    return this.#database;
  }

  /**
   * After an error a transaction can only be rolled back, as in PostgreSQL. SQLite would go on, and where it rolled back by itself
   * (a full disk, for one) what follows would be committed statement by statement.
   */
  #guard<T>(act: (database: Database.Database) => T): T {
    if (this.#inTransaction && this.#failure !== undefined) throw this.#failure.told;
    try {
      return act(this.#use());
    } catch (error) {
      const told = this.#tell(error);
      this.#failure = { told };
      throw told;
    }
  }

  #tell(error: unknown): unknown {
    if (spoilsConnection(error)) this.close();
    return sqliteFault(error, this.#options.file);
  }
}

/** What the rows look like is known to the query that asked for them, not here. */
function rowsOf<Row>(answer: unknown): Row[] {
  if (!Array.isArray(answer)) throw new TypeError("the database answered without rows");
  return answer;
}

function fileId(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}/${stat.ino}`;
}
