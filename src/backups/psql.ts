/** One question to a database: `psql` in the primary's container, where peer authentication lets it in without a password. */
import type { ContainerCommands } from "../kubernetes/objects.ts";
import { ClusterError } from "../kubernetes/errors.ts";
import { databaseArgument } from "./identifiers.ts";

export interface SqlQuestion {
  readonly database: string;
  /** One query that answers one row with one column of JSON; without the semicolon. */
  readonly sql: string;
}

export type SqlAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly words: string };

export interface Instance {
  readonly namespace: string;
  readonly pod: string;
}

export const statementTimeoutMs = 12_000;
const deadlineMs = 18_000;
const mostBytes = 256 * 1024;
/** Output may be cut short without anybody saying so; what has no such end is not whole. */
const end = "-- end of the answer --";

/** Reads only; asked once more when the connection breaks. @throws ClusterError when it may not be asked, or nobody answers */
export async function askDatabase(access: ContainerCommands, instance: Instance, question: SqlQuestion, signal: AbortSignal): Promise<SqlAnswer> {
  try {
    return await ask(access, instance, question, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError) || error.failure !== "unreachable") throw error;
    return ask(access, instance, question, signal);
  }
}

async function ask(access: ContainerCommands, { namespace, pod }: Instance, { database, sql }: SqlQuestion, signal: AbortSignal): Promise<SqlAnswer> {
  const { exitCode, output, errors } = await access.exec(signal, {
    namespace,
    name: pod,
    container: "postgres",
    command: ["psql", "-U", "postgres", "-d", databaseArgument(database), "-v", "ON_ERROR_STOP=1", "-X", "-q", "-A", "-t"],
    input: scriptOf(sql),
    deadlineMs,
    mostBytes,
  });
  if (exitCode !== 0) return { ok: false, words: complaint(errors, exitCode) };
  const at = output.lastIndexOf(end);
  if (at < 0) return { ok: false, words: "its answer was cut short" };
  try {
    return { ok: true, value: JSON.parse(output.slice(0, at)) };
  } catch {
    return { ok: false, words: "its answer is not one value" };
  }
}

/** `\q`: where the end of the input cannot be told, psql would wait for more. */
function scriptOf(sql: string): string {
  return [
    "BEGIN TRANSACTION READ ONLY;",
    `SET LOCAL statement_timeout = ${statementTimeoutMs};`,
    "SET LOCAL lock_timeout = 2000;",
    `${sql}\n;`,
    "ROLLBACK;",
    `SELECT '${end}';`,
    "\\q",
    "",
  ].join("\n");
}

function complaint(errors: string, exitCode: number): string {
  const line = errors.split("\n").find((each) => /ERROR|FATAL|error:/u.test(each)) ?? errors.split("\n").find((each) => each.trim() !== "");
  return (line ?? `psql ended with ${exitCode}`)
    .replace(/^.*?(ERROR|FATAL):\s*/u, "")
    .trim()
    .slice(0, 200);
}
