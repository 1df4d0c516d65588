/** Where the test bed's parts lie: code in this folder, everything made in a cache outside the checkout. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const bedDir = import.meta.dirname;
export const cacheDir = process.env["OPSROOM_BED_CACHE"] ?? join(homedir(), ".cache", "opsroom-bed");

/**
 * The path of something that build.sh has made.
 * @throws when it is not there: a part that cannot start fails the run, it is never skipped.
 */
export function built(...path: readonly string[]): string {
  const file = join(cacheDir, ...path);
  if (!existsSync(file)) throw new Error(`${file} is not there; run test/bed/build.sh first`);
  return file;
}

/** A new folder for the state of one running part. Takes away those that killed processes have left. */
export function makeRunDir(name: string): string {
  const all = join(cacheDir, "run");
  mkdirSync(all, { recursive: true });
  for (const folder of readdirSync(all)) {
    const owner = /-(\d+)-\w+$/u.exec(folder)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) rmSync(join(all, folder), { recursive: true, force: true });
  }
  return mkdtempSync(join(all, `${name}-${process.pid}-`));
}

/** Takes away what {@link makeRunDir} has made, also while the last files in it are being closed. */
export function removeRunDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
}
