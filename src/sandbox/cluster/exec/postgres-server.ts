/** Asks a real PostgreSQL server, each question over a connection of its own, as each psql has one. */
import { SqlRefusal, type AskSql, type SqlAnswer } from "./psql.ts";

/** What is used of a client of the package `pg`. */
export interface SqlClient {
  readonly connect: () => Promise<unknown>;
  readonly query: (question: SqlQuestion) => Promise<SqlResult>;
  readonly end: () => Promise<void>;
  readonly on: (event: "error", listener: () => void) => unknown;
}

interface SqlQuestion {
  readonly text: string;
  readonly rowMode: "array";
  readonly types: { readonly getTypeParser: () => (text: unknown) => unknown };
}

interface SqlResult {
  readonly command: string;
  readonly fields: readonly { readonly name: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Values stay as PostgreSQL writes them. */
const asWritten = { getTypeParser: () => (text: unknown) => text };

/** @param clientFor a client, not connected, to a database of what answers for a pod; rejects when nothing does */
export function askPostgres(clientFor: (pod: string, database: string) => Promise<SqlClient>): AskSql {
  return async (pod, database, sql, signal) => {
    const client = await clientFor(pod, database);
    const leave = async (): Promise<void> => client.end().catch(() => undefined);
    const cancel = (): void => void leave();
    signal.addEventListener("abort", cancel, { once: true });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const result = await client.query({ text: sql, rowMode: "array", types: asWritten });
      return [result].flat().map(sqlAnswer);
    } catch (error) {
      if (error instanceof Error && "severity" in error && typeof error.severity === "string") throw new SqlRefusal(error.severity, error.message);
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      await leave();
    }
  };
}

/** Of several statements there are several results. */
function sqlAnswer({ command, fields, rows }: SqlResult): SqlAnswer {
  return { command, columns: fields.map((each) => each.name), rows: rows.map((row) => row.map((value) => (typeof value === "string" ? value : null))) };
}
