/** Writes what is made from the code; with `--check` it writes nothing and fails when something is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { documents } from "./docs/documents.ts";

const top = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

for (const { file, make } of documents) {
  const wanted = await make();
  const path = join(top, file);
  const there = await readFile(path, "utf8").catch(() => undefined);
  if (there === wanted) continue;
  if (check) {
    console.error(`${file} is stale: run \`npm run docs\``);
    process.exitCode = 1;
  } else {
    await writeFile(path, wanted);
    console.log(`${file} written`);
  }
}
