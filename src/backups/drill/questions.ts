/** What is asked of source and copy, one after another: each answer says what is asked next. Pure. */
import { isObject } from "../../json.ts";
import { field, isList, listOf, numberOf, textOf } from "../../kubernetes/json.ts";
import type { DrillQuery } from "../settings.ts";
import { quoteIdentifier } from "../identifiers.ts";
import type { SqlAnswer, SqlQuestion } from "../psql.ts";

export interface DrillQuestion extends SqlQuestion {
  /** Unique. */
  readonly key: string;
  /** Of whom it is asked. */
  readonly of: "both" | "copy" | "source";
}

export interface Answered {
  readonly key: string;
  /** `undefined`: not asked. */
  readonly source?: SqlAnswer | undefined;
  readonly copy?: SqlAnswer | undefined;
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
  readonly bytes: number;
}

const mostDatabases = 20;
const tablesEach = 5;
/** A table that takes more is not counted, since that would read all of it: its size is compared. */
const mostCountedBytes = 2 * 2 ** 30;
const mostCounts = 60;

const databasesSql = `SELECT coalesce(json_agg(datname ORDER BY datname), '[]'::json)
FROM (SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname LIMIT 500) AS d`;

/** The last transaction that was replayed is forgotten when the server is started anew; where the copy left the source's history is not. */
const momentSql = `SELECT json_build_object(
  'replayedAt', (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000)::bigint,
  'history', pg_read_file('pg_wal/' || upper(lpad(to_hex(timeline_id), 8, '0')) || '.history', 0, 65536, true))
FROM pg_control_checkpoint()`;

const tablesSql = (bound: "<=" | ">"): string => `SELECT n.nspname AS schema, c.relname AS table, pg_table_size(c.oid) AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_table_size(c.oid) ${bound} ${mostCountedBytes}
    ORDER BY 3 DESC LIMIT ${tablesEach}`;

const overviewSql = `SELECT json_build_object(
  'bytes', pg_database_size(current_database()),
  'tables', (SELECT coalesce(json_agg(t), '[]'::json) FROM (${tablesSql("<=")}) AS t),
  'large', (SELECT coalesce(json_agg(t), '[]'::json) FROM (${tablesSql(">")}) AS t),
  'events', (SELECT min(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relname = 'events' AND a.attname = 'origin_server_ts' AND NOT a.attisdropped))`;

/** A file of the source's WAL was last written when the last record in it was. */
const writtenSql = (lsn: string): string =>
  `SELECT json_build_object('at', (SELECT (extract(epoch FROM modification) * 1000)::bigint FROM pg_ls_waldir() WHERE name = pg_walfile_name('${lsn}'::pg_lsn - 1)))`;

const countSql = ({ schema, table }: TableName): string =>
  `SELECT json_build_object('count', count(*)) FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;

/** A homeserver with a wrong clock may have sent events of the future. */
const newestSql = (schema: string): string =>
  `SELECT json_build_object('at', max(origin_server_ts)) FROM ${quoteIdentifier(schema)}."events" WHERE origin_server_ts <= extract(epoch FROM now()) * 1000`;

/** The next ones, in order; none when all is asked. Those that need the answer of another come once it is there. */
export function questionsLeft(answers: readonly Answered[], configured: readonly DrillQuery[]): readonly DrillQuestion[] {
  const asked = new Set(answers.map((each) => each.key));
  return allQuestions(answers, configured).filter(({ key }) => !asked.has(key));
}

function allQuestions(answers: readonly Answered[], configured: readonly DrillQuery[]): readonly DrillQuestion[] {
  const lsn = branchOf(answers);
  const databases = databasesToAsk(answers);
  return [
    { key: "databases", of: "both", database: "postgres", sql: databasesSql },
    { key: "moment", of: "copy", database: "postgres", sql: momentSql },
    ...(lsn === undefined ? [] : [{ key: "written", of: "source" as const, database: "postgres", sql: writtenSql(lsn) }]),
    ...databases.map((database) => ({ key: `overview ${database}`, of: "both" as const, database, sql: overviewSql })),
    ...tablesToCount(answers).map(({ database, ...table }) => ({ key: countKey(database, table), of: "both" as const, database, sql: countSql(table) })),
    ...databases.flatMap((database): readonly DrillQuestion[] => {
      const schema = eventsSchema(answers, database);
      return schema === undefined ? [] : [{ key: `newest ${database}`, of: "both", database, sql: newestSql(schema) }];
    }),
    ...configured.map(({ name, database, sql }, n): DrillQuestion => ({ key: `query ${n} ${name}`, of: "both", database, sql: configuredSql(sql) })),
  ];
}

export const countKey = (database: string, { schema, table }: Pick<TableName, "schema" | "table">): string =>
  JSON.stringify(["count", database, schema, table]);

/** Within brackets it can be one query only. psql takes a backslash outside of quotes for a command of its own, so none is let through. */
function configuredSql(sql: string): string {
  if (sql.includes("\\")) return 'SELECT 1 / 0 AS "a query with a backslash is not asked"';
  return `SELECT coalesce(to_json(left((\n${sql.trim().replace(/;+$/u, "")}\n)::text, 1000)), 'null'::json)`;
}

export function answerTo(answers: readonly Answered[], key: string): Answered | undefined {
  return answers.find((each) => each.key === key);
}

export function valueIn(answer: SqlAnswer | undefined): unknown {
  return answer?.ok === true ? answer.value : undefined;
}

export function databasesIn(answer: SqlAnswer | undefined): readonly string[] | undefined {
  const value = valueIn(answer);
  return isList(value) ? value.flatMap((each) => textOf(each) ?? []) : undefined;
}

/** Those that both have; those of the copy where the source does not answer. The first of them: the report says how many more there are. */
export function databasesToAsk(answers: readonly Answered[]): readonly string[] {
  return commonDatabases(answers).slice(0, mostDatabases);
}

export function commonDatabases(answers: readonly Answered[]): readonly string[] {
  const found = answerTo(answers, "databases");
  const [source, copy] = [databasesIn(found?.source), databasesIn(found?.copy)];
  return (copy ?? []).filter((each) => source === undefined || source.includes(each));
}

/** The largest of each database, as the source has them; as the copy has, where the source does not answer. */
export function tablesToCount(answers: readonly Answered[]): readonly (TableName & { readonly database: string })[] {
  return databasesToAsk(answers)
    .flatMap((database) => {
      const found = answerTo(answers, `overview ${database}`);
      const overview = valueIn(found?.source) ?? valueIn(found?.copy);
      return tablesIn(overview, "tables").map((table) => ({ database, ...table }));
    })
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, mostCounts);
}

/** `large`: those that are not counted. */
export function tablesIn(overview: unknown, which: "tables" | "large"): readonly TableName[] {
  return listOf(field(overview, which)).flatMap((each) => {
    const [schema, table, bytes] = [textOf(field(each, "schema")), textOf(field(each, "table")), numberOf(field(each, "bytes"))];
    return schema === undefined || table === undefined || bytes === undefined ? [] : [{ schema, table, bytes }];
  });
}

function eventsSchema(answers: readonly Answered[], database: string): string | undefined {
  const found = answerTo(answers, `overview ${database}`);
  return textOf(field(valueIn(found?.copy), "events")) ?? textOf(field(valueIn(found?.source), "events"));
}

/** Where the copy left the source's history: the last line of its timeline's history file is `1 \t 0/5000060 \t why`. */
export function branchOf(answers: readonly Answered[]): string | undefined {
  const moment = valueIn(answerTo(answers, "moment")?.copy);
  const history = isObject(moment) ? textOf(moment["history"]) : undefined;
  const last = history
    ?.split("\n")
    .filter((line) => /^\s*\d/u.test(line))
    .at(-1);
  return /^\s*\d+\s+([0-9A-F]{1,8}\/[0-9A-F]{1,8})(?=\s)/u.exec(last ?? "")?.[1];
}
