/** What `psql` in a container would print, over a connection to a PostgreSQL server somewhere else: queries on standard input or by `-c`, unaligned. */
import type { ExecHandler, ExecOutcome } from "./command.ts";

/** One statement's answer. Values in PostgreSQL's own text; `null` is nothing. */
export interface SqlAnswer {
  /** `SELECT`, `BEGIN`. */
  readonly command: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The server's refusal, in its words. */
export class SqlRefusal extends Error {
  readonly severity: string;
  constructor(severity: string, message: string) {
    super(message);
    this.severity = severity;
  }
}

/** @param pod `namespace/name` @throws {SqlRefusal} */
export type AskSql = (pod: string, database: string, sql: string, signal: AbortSignal) => Promise<readonly SqlAnswer[]>;

interface Wanted {
  database: string;
  user: string;
  tuplesOnly: boolean;
  quiet: boolean;
  separator: string;
  readonly commands: string[];
}

const flags: Readonly<Record<string, string>> = {
  "--dbname": "d",
  "--username": "U",
  "--command": "c",
  "--file": "f",
  "--set": "v",
  "--field-separator": "F",
  "--tuples-only": "t",
  "--no-align": "A",
  "--no-psqlrc": "X",
  "--quiet": "q",
  "--no-password": "w",
};
const valued = new Set(["d", "U", "c", "f", "v", "F", "P", "h", "p"]);

export function psqlWith(ask: AskSql): ExecHandler {
  return async ({ namespace, pod, command: [program, ...words], input }, signal) => {
    if (!/(^|\/)psql$/u.test(program)) return { exitCode: 127, output: "", errors: `${program}: only psql is in this container\n` };
    const wanted = wantedBy(words);
    if (typeof wanted === "string") return { exitCode: 1, output: "", errors: `psql: error: ${wanted}\n` };
    // Peer authentication: in the pod one is postgres and nobody else.
    if (wanted.user !== "postgres") return { exitCode: 2, output: "", errors: fatal(`Peer authentication failed for user "${wanted.user}"`) };
    let output = "";
    for (const sql of wanted.commands.length > 0 ? wanted.commands : [untilQuit(input)]) {
      try {
        const answers = await ask(`${namespace}/${pod}`, wanted.database, sql, signal);
        output += answers.map((answer) => printed(answer, wanted)).join("");
      } catch (error) {
        if (!(error instanceof SqlRefusal)) throw error;
        return refused(error, output, wanted.commands.length === 0);
      }
    }
    return { exitCode: 0, output, errors: "" };
  };
}

/** Of the commands of its own psql has this one here. */
const untilQuit = (input: string): string => input.split(/^\\q\s*$/mu, 1)[0] ?? "";

const fatal = (message: string): string => `psql: error: connection to server on socket "/controller/run/.s.PGSQL.5432" failed: FATAL:  ${message}\n`;

function refused({ severity, message }: SqlRefusal, output: string, fromInput: boolean): ExecOutcome {
  if (severity === "FATAL") return { exitCode: 2, output, errors: fatal(message) };
  return { exitCode: fromInput ? 3 : 1, output, errors: `${fromInput ? "psql:<stdin>:1: " : ""}${severity}:  ${message}\n` };
}

/** @returns what is wrong, in words */
function wantedBy(words: readonly string[]): Wanted | string {
  const wanted: Wanted = { database: "postgres", user: "postgres", tuplesOnly: false, quiet: false, separator: "|", commands: [] };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("-")) {
      wanted.database = word;
      continue;
    }
    const [long = "", given] = word.startsWith("--") ? word.split(/=(.*)/su) : [];
    const letters = word.startsWith("--") ? flags[long] : word.slice(1);
    if (letters === undefined) return `unrecognized option '${word}'`;
    for (let at = 0; at < letters.length; at += 1) {
      const letter = letters[at] ?? "";
      const takes = valued.has(letter);
      const value = takes ? (given ?? (letters.slice(at + 1) || rest.shift())) : "";
      if (value === undefined) return `option requires an argument -- '${letter}'`;
      take(wanted, letter, value);
      if (takes) break;
    }
  }
  return wanted;
}

function take(wanted: Wanted, letter: string, value: string): void {
  if (letter === "d") wanted.database = databaseIn(value);
  if (letter === "U") wanted.user = value;
  if (letter === "c") wanted.commands.push(value);
  if (letter === "F") wanted.separator = value;
  if (letter === "t") wanted.tuplesOnly = true;
  if (letter === "q") wanted.quiet = true;
}

/** A name, or a connection string that says nothing but the name. */
function databaseIn(value: string): string {
  const quoted = /^dbname='((?:[^'\\]|\\.)*)'$/su.exec(value)?.[1];
  return quoted === undefined ? value : quoted.replaceAll(/\\(.)/gsu, "$1");
}

function printed({ command, columns, rows }: SqlAnswer, { tuplesOnly, quiet, separator }: Wanted): string {
  if (columns.length === 0) return quiet ? "" : `${command}\n`;
  const lines = rows.map((row) => row.map((value) => value ?? "").join(separator));
  const whole = tuplesOnly ? lines : [columns.join(separator), ...lines, `(${rows.length} row${rows.length === 1 ? "" : "s"})`];
  return whole.map((line) => `${line}\n`).join("");
}
