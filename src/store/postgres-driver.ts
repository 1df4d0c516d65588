/** node-postgres for Kysely: every error is told in our words, and a connection that may be spoilt is thrown away. */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult, TransactionSettings } from "kysely";
import type { Pool, PoolClient, QueryResult as PgResult } from "pg";
import { postgresFault, spoilsClient } from "./postgres-faults.ts";

export interface PostgresConnectionOptions {
  readonly pool: Pool;
  /** The database in words, without the password. */
  readonly where: string;
  /** Run once on each new connection. */
  readonly setUp: { readonly sql: string; readonly parameters: readonly string[] };
}

export function postgresDialect(options: PostgresConnectionOptions): Dialect {
  return {
    createDriver: () => new PostgresDriver(options),
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

class PostgresDriver implements Driver {
  readonly #options: PostgresConnectionOptions;
  readonly #ready = new WeakSet<PoolClient>();
  constructor(options: PostgresConnectionOptions) {
    this.#options = options;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<PostgresConnection> {
    const { pool, where, setUp } = this.#options;
    const client = await pool.connect().catch((error: unknown) => {
      throw postgresFault(error, where);
    });
    const connection = new PostgresConnection(client, where);
    if (this.#ready.has(client)) return connection;
    try {
      await connection.run(setUp.sql, setUp.parameters);
      this.#ready.add(client);
      return connection;
    } catch (error) {
      connection.release();
      throw error;
    }
  }
  async beginTransaction(connection: PostgresConnection, { isolationLevel = "read committed", accessMode = "read write" }: TransactionSettings): Promise<void> {
    await connection.begin(`begin isolation level ${isolationLevel} ${accessMode}`);
  }
  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.run("commit");
  }
  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }
  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }
  async destroy(): Promise<void> {
    await this.#options.pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #where: string;
  #spoilt = false;
  #inTransaction = false;
  /** The first error of this transaction. */
  #failure: { readonly told: unknown } | undefined;

  constructor(client: PoolClient, where: string) {
    this.#client = client;
    this.#where = where;
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<PgResult> {
    // After an error PostgreSQL refuses all but ROLLBACK, and answers COMMIT with ROLLBACK and no error: the first error is the one to tell.
    if (this.#inTransaction && this.#failure !== undefined) throw this.#failure.told;
    try {
      return await this.#client.query(sql, [...parameters]);
    } catch (error) {
      if (spoilsClient(error)) this.#spoilt = true;
      const told = postgresFault(error, this.#where);
      this.#failure = { told };
      throw told;
    }
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await this.run(sql, parameters);
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("streaming is not used here: read page by page");
  }

  async begin(sql: string): Promise<void> {
    await this.run(sql);
    this.#inTransaction = true;
    this.#failure = undefined;
  }

  /** A connection that cannot roll back is closed instead, which does the same; the first error stays the one that is told. */
  async rollback(): Promise<void> {
    this.#inTransaction = false;
    if (this.#spoilt) return;
    await this.run("rollback").catch(() => {
      this.#spoilt = true;
    });
  }

  release(): void {
    this.#client.release(this.#spoilt);
  }
}
