import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare } from "../../../../src/backups/drill/compare.ts";
import { askDatabase, type SqlAnswer } from "../../../../src/backups/psql.ts";
import { questionsLeft, type Answered } from "../../../../src/backups/drill/questions.ts";
import { askPostgres } from "../../../../src/sandbox/cluster/exec/postgres-server.ts";
import { psqlWith } from "../../../../src/sandbox/cluster/exec/psql.ts";
import { startPostgres, type PostgresServer } from "../../../support/embedded-postgres.ts";

const { signal } = new AbortController();
const odd = `it's "odd" \\ =`;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe("what a drill asks, of a real PostgreSQL", () => {
  let server: PostgresServer;
  const clientTo = (database: string): pg.Client => {
    const url = new URL(server.url);
    return new pg.Client({ host: url.hostname, port: Number(url.port), user: url.username, password: url.password, database });
  };
  const change = async (database: string, sql: string): Promise<void> => {
    const client = clientTo(database);
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  const ask = async (database: string, sql: string): Promise<SqlAnswer> => {
    const psql = psqlWith(askPostgres(async (_, name) => clientTo(name)));
    const exec: Parameters<typeof askDatabase>[0] = {
      exec: async (_, { namespace, name, container, command, input }) => psql({ namespace, pod: name, container, command, input }, signal),
    };
    return askDatabase(exec, { namespace: "a", pod: "b" }, { database, sql }, signal);
  };
  beforeAll(async () => {
    server = await startPostgres();
    for (const name of ["synapse", odd]) await change("postgres", `CREATE DATABASE ${quoted(name)}`);
    await change(
      "synapse",
      "CREATE TABLE events (event_id text, origin_server_ts bigint); INSERT INTO events VALUES ('a', 5), ('b', 7), ('future', 99999999999999)",
    );
    await change(odd, `CREATE SCHEMA ${quoted(odd)}; CREATE TABLE ${quoted(odd)}.${quoted(odd)} AS SELECT generate_series(1, 42)`);
  }, 60_000);
  afterAll(async () => server[Symbol.asyncDispose]());

  test("is answered, whatever databases and tables are called, and a server compared with itself is the same", async () => {
    let answers: readonly Answered[] = [];
    const configured = [{ name: "two", database: "synapse", sql: "SELECT 1 + 1; ", expect: "equal" as const, share: 1 }];
    for (let [next] = questionsLeft(answers, configured); next !== undefined; [next] = questionsLeft(answers, configured)) {
      const answer = await ask(next.database, next.sql);
      answers = [...answers, { key: next.key, source: answer, copy: answer }];
    }
    expect(answers.filter(({ copy }) => copy?.ok !== true)).toEqual([]);
    const { comparisons, bytes, newest } = compare(answers, configured, false);
    expect(comparisons).toEqual(
      expect.arrayContaining([
        { what: "databases", source: "3", copy: "3", verdict: "ok" },
        { what: "rows of synapse.events", source: "3", copy: "3", verdict: "ok" },
        { what: `rows of ${odd}.${odd}.${odd}`, source: "42", copy: "42", verdict: "ok" },
        { what: "two", source: "2", copy: "2", verdict: "ok" },
      ]),
    );
    expect(comparisons.every(({ verdict }) => verdict === "ok")).toBe(true);
    expect(bytes).toBeGreaterThan(1_000_000);
    // Not the one of the future.
    expect(newest).toEqual({ at: 7, by: "event" });
  });

  test("cannot write, and what is refused is told in words", async () => {
    await expect(ask("synapse", "DELETE FROM events RETURNING '1'::json")).resolves.toEqual({
      ok: false,
      words: "cannot execute DELETE in a read-only transaction",
    });
    await expect(ask("synapse", "SELECT nothing")).resolves.toEqual({ ok: false, words: 'column "nothing" does not exist' });
    await expect(ask("no such", "SELECT 1")).resolves.toMatchObject({ ok: false, words: expect.stringContaining('database "no such" does not exist') });
  });

  test("where a WAL file of the source was last written is known by its place", async () => {
    const history = { key: "moment", copy: { ok: true as const, value: { history: "1\t0/1500000\tno recovery target specified\n" } } };
    const written = questionsLeft([history], []).find(({ key }) => key === "written");
    const answer = await ask("postgres", written?.sql ?? "");
    expect(answer).toMatchObject({ ok: true, value: { at: expect.any(Number) } });
  });
});
