/** A configuration file's text, or why it cannot be had. */
import { open, type FileHandle } from "node:fs/promises";
import type { Mistake } from "./mistake.ts";

/** Far more than any configuration needs, and little enough to be parsed at once. */
export const mostBytes = 2 ** 18;

export type TextResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly mistake: Mistake };

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "a file that may not be read",
  EISDIR: "a folder",
  ENOTDIR: "a path that leads through a file",
  ELOOP: "links that lead in a circle",
};

/** UTF-8, with or without a byte order mark. */
export async function readText(file: string): Promise<TextResult> {
  try {
    await using handle = await open(file, "r");
    return await readHandle(handle);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    return wrong(reasons[code] ?? `a file that could not be read (${code})`, "a file that can be read");
  }
}

async function readHandle(handle: FileHandle): Promise<TextResult> {
  const stats = await handle.stat();
  if (stats.isDirectory()) return wrong("a folder", "a file");
  if (!stats.isFile()) return wrong("no ordinary file", "an ordinary file");
  if (stats.size > mostBytes) return wrong(`${Math.ceil(stats.size / 1024)} KiB`, "256 KiB at most");
  const bytes = Buffer.alloc(mostBytes + 1);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  if (bytesRead > mostBytes) return wrong("more than 256 KiB", "256 KiB at most");
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytesRead)) };
  } catch {
    return wrong("bytes that are not UTF-8", "UTF-8 text");
  }
}

function wrong(found: string, allowed: string): TextResult {
  return { ok: false, mistake: { path: "", line: undefined, found, allowed } };
}
