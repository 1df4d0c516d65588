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
  expect(readdirSync(new URL("node_modules/@matrix-org/", root))).toEqual(["matrix-sdk-crypto-nodejs"]);
});

test("whatever of encryption is used says that there is none", async () => {
  const crypto = await import("@matrix-org/matrix-sdk-crypto-nodejs");

  expect(() => Reflect.construct(crypto.UserId, ["@nadia:example.org"])).toThrow(/End-to-end encryption is not available/u);
  expect(() => Reflect.get(crypto.OlmMachine, "initialize")).toThrow(/unencrypted private room/u);
});

test("the stand-in for request makes no calls", () => {
  const request: unknown = require("request");

  expect(() => (typeof request === "function" ? Reflect.apply(request, undefined, []) : undefined)).toThrow(/setRequestFn/u);
});
