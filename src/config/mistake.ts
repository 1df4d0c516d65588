/** What is wrong with a configuration file, so that a person can mend all of it at once. */
import { OpsroomError } from "../errors.ts";

export interface Mistake {
  /** `rooms[0].operators`; empty when it is the file as a whole. */
  readonly path: string;
  /** Counted from 1; `undefined` when the file could not be read. Of a missing key: where the mapping begins that lacks it. */
  readonly line: number | undefined;
  /** What stands there. Never a secret. */
  readonly found: string;
  readonly allowed: string;
  /** The key or value that was probably meant. */
  readonly nearest?: string;
}

/** Carries every mistake of the file. */
export class ConfigMistakes extends OpsroomError {
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
    super(
      "OPSROOM_CONFIG_INVALID",
      `${file} has ${count}:\n${mistakes.map((mistake) => describeMistake(mistake)).join("\n")}`,
      "Correct the file; `opsroom check --config FILE` lists what is wrong with it.",
    );
    this.name = "ConfigMistakes";
    this.mistakes = mistakes;
  }
}

/** One line: `line 12: rooms[0].operatrs: found …; allowed: …. Did you mean operators?` */
export function describeMistake({ path, line, found, allowed, nearest }: Mistake): string {
  const where = [line === undefined ? undefined : `line ${line}`, path === "" ? undefined : path].filter((part) => part !== undefined);
  const prefix = where.length === 0 ? "" : `${where.join(": ")}: `;
  return `${prefix}found ${found}; allowed: ${allowed}${nearest === undefined ? "" : `. Did you mean ${nearest}?`}`;
}
