import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import * as z from "zod";

const require = createRequire(import.meta.url);
const root = new URL("../../../", import.meta.url);

test("matrix-bot-sdk loads without its native library", async () => {
  const sdk = await import("matrix-bot-sdk");

  expect(typeof sdk.MatrixClient).toBe("function");
});

test("nothing native of it, nor the package request, comes from a registry", () => {
  const lock = z
    .object({ packages: z.record(z.string(), z.object({ resolved: z.string().optional() })) })
    .parse(JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8")));
  const resolved = Object.entries(lock.packages).filter(([path]) => /(^|\/)(matrix-sdk-crypto-nodejs[^/]*|request)$/u.test(path));

  expect(resolved.map(([path, { resolved: from }]) => [path, from ?? "here"])).toEqual([
    ["node_modules/@matrix-org/matrix-sdk-crypto-nodejs", "vendor/matrix-sdk-crypto-nodejs"],
    ["node_modules/request", "vendor/request"],
    ["vendor/matrix-sdk-crypto-nodejs", "here"],
    ["vendor/request", "here"],
  ]);
  expect(realpathSync(require.resolve("@matrix-org/matrix-sdk-crypto-nodejs"))).toContain("/vendor/");
  expect(readdirSync(new URL("node_modules/@matrix-org/", root)).toSorted()).toEqual(["matrix-sdk-crypto-nodejs", "matrix-sdk-crypto-wasm"]);
});

test("importing the SDK loads nothing of encryption: neither its memory nor its time", () => {
  const script = `
    const { createRequire } = await import("node:module");
    const require = createRequire(${JSON.stringify(import.meta.url)});
    require("matrix-bot-sdk");
    const heavy = /crypto-wasm|fake-indexeddb|better-sqlite3/u;
    console.log(JSON.stringify({ loaded: Object.keys(require.cache).filter((file) => heavy.test(file)), builtin: process.moduleLoadList.filter((name) => /sqlite/u.test(name)) }));`;
  const { stdout } = spawnSync(process.execPath, ["--disable-warning=DEP0060", "--input-type=module", "-e", script], { encoding: "utf8" });

  expect(JSON.parse(stdout)).toEqual({ loaded: [], builtin: [] });
});

test("the stand-in for request makes no calls", () => {
  const request: unknown = require("request");

  expect(() => (typeof request === "function" ? Reflect.apply(request, undefined, []) : undefined)).toThrow(/setRequestFn/u);
});
