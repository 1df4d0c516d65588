import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as z from "zod";

const lock = z.object({
  packages: z.record(z.string(), z.object({ gypfile: z.boolean().optional(), link: z.boolean().optional(), resolved: z.string().optional() })),
});

test("the lock file lets every npm install without compiling anything", async () => {
  const { packages } = lock.parse(JSON.parse(await readFile("package-lock.json", "utf8")));
  // Lost when npm writes the file: `npm run lock` puts it back.
  expect(packages["node_modules/better-sqlite3"]?.gypfile).toBe(false);
});

test("what no registry has, or nobody maintains, comes from vendor/ and brings nothing along", async () => {
  const { packages } = lock.parse(JSON.parse(await readFile("package-lock.json", "utf8")));
  for (const name of ["@matrix-org/matrix-sdk-crypto-nodejs", "request", "request-promise"]) expect(packages[`node_modules/${name}`]?.link).toBe(true);
  expect(Object.keys(packages).filter((name) => /\/(tough-cookie|har-validator|form-data-request)$/u.test(name))).toEqual([]);
});
