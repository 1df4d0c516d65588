/**
 * Makes the lock file anew: `npm run lock`. npm forgets in it that better-sqlite3 needs no build (`gypfile: false` in its package.json), and older
 * npm then compiles nothing at length, or fails where Node's headers cannot be fetched. This writes it in.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import * as z from "zod";

const file = "package-lock.json";
const lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({})) });

execFileSync("npm", ["install", "--package-lock-only"], { stdio: "inherit" });
const { packages, ...rest } = lock.parse(JSON.parse(readFileSync(file, "utf8")));
const name = "node_modules/better-sqlite3";
const entry = packages[name];
if (entry === undefined) throw new Error(`${file} has no ${name}`);
writeFileSync(file, `${JSON.stringify({ ...rest, packages: { ...packages, [name]: { ...entry, gypfile: false } } }, undefined, 2)}\n`);
