/** Keeps the changes in a file, one line of JSON each, so that `--data DIR` finds everything again. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { changeSchema, type Change } from "./change.ts";

export interface Journal {
  readonly write: (change: Change) => void;
}

/**
 * Reads what is there into `apply` and appends from then on. A last line that a kill cut off is dropped.
 * @throws {Error} when a whole line cannot be read: the file is not ours or is damaged.
 */
export function openJournal(file: string, apply: (change: Change) => void): Journal {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) replay(file, apply);
  return {
    write: (change) => appendFileSync(file, `${JSON.stringify(change)}\n`, { mode: 0o600 }),
  };
}

function replay(file: string, apply: (change: Change) => void): void {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) truncateSync(file, end);
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) apply(readLine(line, `${file}:${index + 1}`));
}

function readLine(line: string, where: string): Change {
  try {
    return changeSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`${where} is no line of a sandbox homeserver's journal`, { cause: error });
  }
}
