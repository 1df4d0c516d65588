/** The newest file that fits a path with `*` in its last part: no shell, no folder below. */
import { opendir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { OtherFinding } from "./finding.ts";

/** More than any folder of backups has. */
const mostFiles = 100_000;

/** @throws Error in words: the folder is not there or not readable, has too many files, or `signal` aborts */
export async function newestFile(path: string, signal: AbortSignal): Promise<OtherFinding> {
  const folder = dirname(path);
  const fits = matcherOf(basename(path));
  if (folder.includes("*")) throw new Error(`${path}: only the last part of a path may have a *`);
  let newest: { readonly name: string; readonly at: number; readonly bytes: number } | undefined;
  let looked = 0;
  try {
    for await (const entry of await opendir(folder)) {
      signal.throwIfAborted();
      looked += 1;
      if (looked > mostFiles) throw new Error(`${folder} has more than ${mostFiles} files: it was not read to its end`);
      if (!fits(entry.name)) continue;
      const found = await stat(join(folder, entry.name)).catch((error: unknown) => {
        // Deleted while it was looked at: the retention of somebody else.
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      });
      if (found?.isFile() === true && found.mtimeMs > (newest?.at ?? Number.NEGATIVE_INFINITY))
        newest = { name: entry.name, at: Math.floor(found.mtimeMs), bytes: found.size };
    }
  } catch (error) {
    signal.throwIfAborted();
    const words = { ENOENT: "is not there", EACCES: "may not be read by Opsroom", ENOTDIR: "is no folder" }[codeOf(error)];
    throw words === undefined ? error : new Error(`the folder ${folder} ${words}`, { cause: error });
  }
  return newest === undefined ? { kind: "none", where: path } : { kind: "found", ...newest };
}

/** `dump-*.gz`: `*` stands for any part of a name, everything else for itself. Linear: no pattern makes it slow. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.at(-1);
  if (last === undefined) return (name) => name === first;
  const middle = rest.slice(0, -1);
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
    let at = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - last.length;
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
