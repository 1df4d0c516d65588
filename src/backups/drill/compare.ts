/** What the copy is worth: each answer beside the source's. Pure. */
import { bytes } from "../../chat/render/units.ts";
import { field, numberOf, textOf } from "../../kubernetes/json.ts";
import type { DrillQuery } from "../settings.ts";
import type { SqlAnswer } from "../psql.ts";
import {
  answerTo,
  commonDatabases,
  countKey,
  databasesIn,
  databasesToAsk,
  tablesIn,
  tablesToCount,
  valueIn,
  type Answered,
  type TableName,
} from "./questions.ts";

export interface Comparison {
  /** `rows of synapse.public.events` */
  readonly what: string;
  readonly source: string;
  readonly copy: string;
  /** `unknown`: the source did not answer, so there was nothing to compare with. */
  readonly verdict: "ok" | "differs" | "unknown";
}

export interface Findings {
  readonly comparisons: readonly Comparison[];
  /** The newest thing that the copy is known to have, milliseconds since 1970, and how that is known. */
  readonly newest: { readonly at: number; readonly by: "event" | "transaction" | "wal" } | undefined;
  readonly bytes: number | undefined;
}

/** With everything archived until now, a copy is minutes behind: more than that does not come of writing meanwhile. */
const usualShare = 0.9;

/** @param backInTime it was restored to an earlier time: then it has less, as it should */
export function compare(answers: readonly Answered[], configured: readonly DrillQuery[], backInTime: boolean): Findings {
  const databases = databasesToAsk(answers);
  const sizes = databases.map((database) => numberOf(field(valueIn(answerTo(answers, `overview ${database}`)?.copy), "bytes")));
  return {
    comparisons: [
      ...databasesComparison(answers),
      ...unasked(commonDatabases(answers).length - databases.length),
      ...databases.flatMap((database) => overviewFault(answers, database)),
      ...databases.flatMap((database) => sizeComparisons(answers, database, backInTime)),
      ...tablesToCount(answers).flatMap((table) => countComparison(answers, table, backInTime)),
      ...databases.flatMap((database) => newestComparison(answers, database, backInTime)),
      ...configured.flatMap((query, n) => configuredComparison(answers, query, n)),
    ],
    newest: newestOf(answers, databases),
    bytes: sizes.length === 0 || sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, each) => sum + (each ?? 0), 0),
  };
}

function databasesComparison(answers: readonly Answered[]): readonly Comparison[] {
  const found = answerTo(answers, "databases");
  if (found === undefined) return [];
  const [source, copy] = [databasesIn(found.source), databasesIn(found.copy)];
  const missing = (source ?? []).filter((each) => copy?.includes(each) !== true);
  return [
    {
      what: "databases",
      source: source === undefined ? wordsOf(found.source) : String(source.length),
      copy: copy === undefined ? wordsOf(found.copy) : missing.length === 0 ? String(copy.length) : `without ${missing.slice(0, 5).join(", ")}`,
      verdict: copy === undefined || missing.length > 0 ? "differs" : source === undefined ? "unknown" : "ok",
    },
  ];
}

/** Only where it did not answer: otherwise what it says is told by its tables. */
function overviewFault(answers: readonly Answered[], database: string): readonly Comparison[] {
  const found = answerTo(answers, `overview ${database}`);
  if (found === undefined || found.copy?.ok === true) return [];
  return [
    { what: `tables of ${database}`, source: found?.source?.ok === true ? "answers" : wordsOf(found?.source), copy: wordsOf(found?.copy), verdict: "differs" },
  ];
}

function unasked(more: number): readonly Comparison[] {
  return more <= 0 ? [] : [{ what: `tables of ${more} more databases`, source: "not asked", copy: "not asked", verdict: "unknown" }];
}

/** Tables that are too large to be counted: what was restored is as large as it was. */
function sizeComparisons(answers: readonly Answered[], database: string, backInTime: boolean): readonly Comparison[] {
  const found = answerTo(answers, `overview ${database}`);
  const copies = ["large", "tables"] as const;
  return tablesIn(valueIn(found?.source), "large").map((table) => {
    const copy = copies.flatMap((which) => tablesIn(valueIn(found?.copy), which)).find((each) => each.schema === table.schema && each.table === table.table);
    const verdict = copy === undefined ? "unknown" : backInTime || copy.bytes >= table.bytes * usualShare ? "ok" : "differs";
    return {
      what: `size of ${nameOf(database, table)}`,
      source: bytes(table.bytes),
      copy: copy === undefined ? "not among its largest" : bytes(copy.bytes),
      verdict,
    };
  });
}

function nameOf(database: string, { schema, table }: Pick<TableName, "schema" | "table">): string {
  return `${database}.${schema === "public" ? "" : `${schema}.`}${table}`;
}

function countComparison(
  answers: readonly Answered[],
  table: { readonly database: string; readonly schema: string; readonly table: string },
  backInTime: boolean,
): readonly Comparison[] {
  const found = answerTo(answers, countKey(table.database, table));
  if (found === undefined) return [];
  const count = (answer: SqlAnswer | undefined): number | undefined => numberOf(field(valueIn(answer), "count"));
  const [source, copy] = [count(found.source), count(found.copy)];
  const what = `rows of ${nameOf(table.database, table)}`;
  const shown = { what, source: source === undefined ? wordsOf(found.source) : String(source), copy: copy === undefined ? wordsOf(found.copy) : String(copy) };
  // A table that takes too long to count on both sides says nothing of the copy.
  if (copy === undefined) return [{ ...shown, verdict: source === undefined ? "unknown" : "differs" }];
  if (source === undefined) return [{ ...shown, verdict: "unknown" }];
  return [{ ...shown, verdict: backInTime || copy >= source * usualShare ? "ok" : "differs" }];
}

function newestComparison(answers: readonly Answered[], database: string, backInTime: boolean): readonly Comparison[] {
  const found = answerTo(answers, `newest ${database}`);
  if (found === undefined) return [];
  const [source, copy] = [timeIn(found.source), timeIn(found.copy)];
  const shown = (at: number | undefined, answer: SqlAnswer | undefined): string =>
    at === undefined ? (answer?.ok === true ? "none" : wordsOf(answer)) : new Date(at).toISOString().slice(0, 19);
  const verdict =
    found.copy?.ok !== true ? "differs" : found.source?.ok !== true ? "unknown" : source !== undefined && copy === undefined && !backInTime ? "differs" : "ok";
  return [{ what: `newest event of ${database}`, source: shown(source, found.source), copy: shown(copy, found.copy), verdict }];
}

function configuredComparison(answers: readonly Answered[], { name, expect, share }: DrillQuery, n: number): readonly Comparison[] {
  const found = answerTo(answers, `query ${n} ${name}`);
  if (found === undefined) return [];
  const { source, copy } = found;
  const shown = { what: name, source: shownValue(source), copy: shownValue(copy) };
  if (copy?.ok !== true) return [{ ...shown, verdict: "differs" }];
  if (expect === "any") return [{ ...shown, verdict: "ok" }];
  if (source?.ok !== true) return [{ ...shown, verdict: "unknown" }];
  if (expect === "equal") return [{ ...shown, verdict: copy.value === source.value ? "ok" : "differs" }];
  const [had, has] = [numeric(source.value), numeric(copy.value)];
  return [{ ...shown, verdict: had !== undefined && has !== undefined && has >= had * share ? "ok" : "differs" }];
}

function newestOf(answers: readonly Answered[], databases: readonly string[]): Findings["newest"] {
  const replayedAt = numberOf(field(valueIn(answerTo(answers, "moment")?.copy), "replayedAt"));
  const writtenAt = timeIn(answerTo(answers, "written")?.source);
  const known = [
    ...databases.map((database) => ({ at: timeIn(answerTo(answers, `newest ${database}`)?.copy), by: "event" as const })),
    { at: replayedAt, by: "transaction" as const },
    { at: writtenAt, by: "wal" as const },
  ];
  return known.reduce<Findings["newest"]>(
    (newest, { at, by }) => (at === undefined || (newest !== undefined && newest.at >= at) ? newest : { at, by }),
    undefined,
  );
}

function timeIn(answer: SqlAnswer | undefined): number | undefined {
  return numberOf(field(valueIn(answer), "at"));
}

function shownValue(answer: SqlAnswer | undefined): string {
  if (answer?.ok !== true) return wordsOf(answer);
  return answer.value === null ? "nothing" : (textOf(answer.value) ?? JSON.stringify(answer.value)).slice(0, 60);
}

function numeric(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function wordsOf(answer: SqlAnswer | undefined): string {
  return answer === undefined || answer.ok ? "not asked" : answer.words;
}
