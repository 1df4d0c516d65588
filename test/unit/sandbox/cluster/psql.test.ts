import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askPostgres } from "../../../../src/sandbox/cluster/exec/postgres-server.ts";
import { psqlWith } from "../../../../src/sandbox/cluster/exec/psql.ts";
import { startPostgres, type PostgresServer } from "../../../support/embedded-postgres.ts";

const { signal } = new AbortController();

describe("psql in a container of the embedded cluster", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server[Symbol.asyncDispose]());
  const clientFor = async (_: string, database: string): Promise<pg.Client> => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return new pg.Client({ connectionString: url.href });
  };
  const run = async (words: readonly string[], input = "") =>
    psqlWith(askPostgres(clientFor))({ namespace: "a", pod: "b", container: "postgres", command: ["psql", ...words], input }, signal);

  test("prints rows with bars between, nothing for NULL, and the names of other commands", async () => {
    const sql = "BEGIN READ ONLY; SELECT 1, NULL, 'ü', true; SELECT count(*) FROM pg_database WHERE datname = 'postgres'; COMMIT;";
    expect(await run(["-U", "postgres", "-v", "ON_ERROR_STOP=1", "-X", "-A", "-t", "-d", "postgres"], sql)).toEqual({
      exitCode: 0,
      output: "BEGIN\n1||ü|t\n1\nCOMMIT\n",
      errors: "",
    });
    expect((await run(["-qAtX", "-c", "select 5"])).output).toBe("5\n");
    expect((await run(["--no-align", "--dbname=postgres", "-c", "select 5 as five"])).output).toBe("five\n5\n(1 row)\n");
  });

  test("ends as psql does when the server refuses: 3 for a statement, 2 for the connection", async () => {
    expect(await run(["-At"], "select nothing")).toMatchObject({ exitCode: 3, errors: 'psql:<stdin>:1: ERROR:  column "nothing" does not exist\n' });
    expect(await run(["-At", "-d", "no such"], "select 1")).toMatchObject({
      exitCode: 2,
      errors: expect.stringMatching(/FATAL: {2}database "no such" does not exist\n$/u),
    });
    expect(await run(["-U", "synapse"], "select 1")).toMatchObject({
      exitCode: 2,
      errors: expect.stringContaining('Peer authentication failed for user "synapse"'),
    });
  });
});
