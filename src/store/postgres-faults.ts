/** What PostgreSQL's and the network's errors mean for whoever has to mend it. Codes: PostgreSQL manual, appendix A. */
import { storeCorrupt, StoreUnavailable } from "./errors.ts";

/** An OpsroomError for what the outside world did; the error itself when it is a bug of ours. */
export function postgresFault(error: unknown, where: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = errorCode(error);
  if (code === undefined) return sayings.test(error.message) ? unreachable(where, error.message, error) : error;
  if (/^XX00[12]$/u.test(code))
    return storeCorrupt(where, `PostgreSQL says so (${code})`, "Stop Opsroom, look at PostgreSQL's log, and restore the database from a backup.", error);
  if (/^[A-Z]{4,}/u.test(code)) return unreachable(where, code, error);
  const remedy = remedies.find(([pattern]) => pattern.test(code))?.[1];
  return remedy === undefined ? error : new StoreUnavailable(`${where} refused: ${error.message} (${code})`, remedy, error);
}

/** Whether the connection must not be used again: it is gone, or an answer that nobody waits for is still under way. */
export function spoilsClient(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const code = errorCode(error);
  return code === undefined || /^(?:08|57P|25P03|[A-Z]{4,})/u.test(code);
}

/** node-postgres gives these no code. */
const sayings =
  /connection (?:terminated|ended|error)|terminated unexpectedly|timeout exceeded|read timeout|not queryable|after (?:being closed|calling end)/iu;

const remedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^08|^57P0/u, "See that PostgreSQL runs; Opsroom tries again by itself."],
  [/^53100/u, "Free space on the database's disk; Opsroom goes on by itself."],
  [/^53|^54/u, "PostgreSQL lacks connections or memory; Opsroom tries again by itself."],
  [/^57014|^55P03|^25P03|^40/u, "PostgreSQL was too slow or something else locks the tables; Opsroom tries again by itself."],
  [/^25006/u, "The database is a read-only replica: point the URL at the primary."],
  [/^58/u, "Look at PostgreSQL's disk and log; Opsroom tries again by itself."],
  [/^28|^3D000|^42501/u, "Check the user, password, database and rights in the store's URL."],
];

function unreachable(where: string, found: string, cause: Error): StoreUnavailable {
  return new StoreUnavailable(
    `${where} could not be reached (${found})`,
    "See that PostgreSQL runs and can be reached from here; Opsroom tries again by itself.",
    cause,
  );
}

function errorCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
