/** The store in a PostgreSQL database: a small pool, each statement with a deadline. */
import { Kysely, sql } from "kysely";
import { Pool, types } from "pg";
import { OpsroomError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import type { Backend } from "./backend.ts";
import { postgresDialect } from "./postgres-driver.ts";
import type { Tables } from "./schema.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Made when missing. By default what the user's search path says. */
  readonly schema?: string;
  /** For connecting, for a lock, and for a statement; milliseconds, 5000 by default. */
  readonly deadlineMs?: number;
}

/** One writes, one looks after the lease, the others read. */
const mostConnections = 4;
const idleMs = 60_000;

/** @throws OpsroomError `OPSROOM_CONFIG_INVALID` when the URL is none. It connects only when it is first used. */
export function openPostgres({ url, schema, deadlineMs = 5000 }: PostgresOptions, log: Log): Backend {
  const where = describe(url);
  const pool = new Pool({
    connectionString: url,
    application_name: "opsroom",
    max: mostConnections,
    idleTimeoutMillis: idleMs,
    connectionTimeoutMillis: deadlineMs,
    keepAlive: true,
    // For a server or network that says nothing at all; the server's own deadline comes first.
    query_timeout: deadlineMs + 1000,
    // Counts and times: node-postgres would give text.
    types: { getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? exactNumber : types.getTypeParser(oid, format)) },
  });
  // Without listeners a connection that the server closes would end the process. Whoever uses it gets the error anyhow.
  pool.on("error", (error) => log.warn({ err: error }, "a database connection was lost while idle"));
  pool.on("connect", (client) => client.on("error", (error) => log.debug({ err: error }, "a database connection was lost")));

  const db = new Kysely<Tables>({ dialect: postgresDialect({ pool, where, setUp: setUp(schema, deadlineMs) }) });
  return {
    kind: "postgres",
    db,
    reader: db,
    transaction: async (durable, act) =>
      await db.transaction().execute(async (tx) => {
        if (!durable) await sql`set local synchronous_commit = off`.execute(tx);
        return await act(tx);
      }),
    snapshot: async (look) => await db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(look),
    sharedNow: () => sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    lockSchema: async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext(${`opsroom/${schema ?? ""}`}))`.execute(tx);
      // Not "if not exists": that asks for the right to create even where there is nothing to create.
      const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema ?? "public"}`.execute(tx);
      if (schema !== undefined && rows.length === 0) await tx.schema.createSchema(schema).execute();
    },
    lockDeliveries: async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext(${`opsroom/${schema ?? ""}/deliveries`}))`.execute(tx);
    },
    close: async () => await db.destroy(),
  };
}

/** Settings are made by statement, not in the connection string: poolers such as PgBouncer refuse unknown start-up parameters. */
function setUp(schema: string | undefined, deadlineMs: number): { readonly sql: string; readonly parameters: readonly string[] } {
  const settings = [
    ["statement_timeout", String(deadlineMs)],
    ["lock_timeout", String(deadlineMs)],
    ["idle_in_transaction_session_timeout", String(2 * deadlineMs)],
    // A commit that is answered is on disk, whatever the server's default.
    ["synchronous_commit", "on"],
    ...(schema === undefined ? [] : [["search_path", `"${schema.replaceAll('"', '""')}"`]]),
  ];
  return {
    sql: `select ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`).join(", ")}`,
    parameters: settings.flat(),
  };
}

/** The database in words, without user and password. */
function describe(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:$/u.test(parsed.protocol))
    throw new OpsroomError("OPSROOM_CONFIG_INVALID", "the store's URL is no PostgreSQL URL", "Write it as postgres://user:password@host:5432/database");
  return `PostgreSQL ${parsed.host}${parsed.pathname}`;
}

function exactNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`a number in the database is too large: ${text}`);
  return number;
}
