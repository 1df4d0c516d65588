import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { runCheck, type CheckOptions } from "../../../src/cli/check.ts";
import { exampleFile, minimal } from "../config/example.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-check-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function check(options: CheckOptions, env: Readonly<Record<string, string>> = {}) {
  let out = "";
  let err = "";
  const code = await runCheck(options, { out: (text) => (out += text), err: (text) => (err += text), env });
  return { code, out, err };
}

async function fileWith(text: string): Promise<string> {
  const file = join(folder, "opsroom.yaml");
  await writeFile(file, text);
  return file;
}

test("the example is good where its secrets are not at hand", async () => {
  const { code, out, err } = await check({ file: exampleFile, secrets: false });

  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("no mistakes (2 rooms, 3 people, 3 clusters, 4 homeservers, 2 sources of alerts); secrets were not looked at");
});

test("secrets that are not there are mistakes, each with its line", async () => {
  const { code, err } = await check({ file: exampleFile, secrets: true });
  const lines = (await readFile(exampleFile, "utf8")).split("\n");
  const line = lines.findIndex((each) => each.includes("accessToken:")) + 1;
  const secrets = lines.filter((each) => !/^\s*#/u.test(each)).flatMap((each) => each.match(/\/run\/secrets\//gu) ?? []).length;

  expect(code).toBe(2);
  expect(err).toContain(`${exampleFile}:${line}  matrix.accessToken\n  found:   /run/secrets/opsroom/access-token could not be read (ENOENT)\n`);
  expect(err).toMatch(new RegExp(`\\n${secrets} mistakes\\n$`, "u"));
});

test("with its secrets there it is good, and no secret is told", async () => {
  const file = await fileWith(minimal({ matrix: { homeserver: "https://h.example.org", accessToken: { env: "TOKEN" } } }));

  const { code, out, err } = await check({ file, secrets: true }, { TOKEN: "hunter2" });

  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).not.toContain("hunter2");
});

test("every mistake is printed with file, line and the nearest key; exit code 2", async () => {
  const file = await fileWith("timeZone: Mars\nrms: []\n");

  const { code, out, err } = await check({ file, secrets: true });

  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(`${file}:1  timeZone\n  found:   "Mars"\n`);
  expect(err).toContain(`${file}:2  rms\n  found:   the unknown key "rms"\n`);
  expect(err).toContain("  did you mean rooms?\n");
  expect(err).toMatch(/\n5 mistakes\n$/u);
});

test("--json is one object on standard output", async () => {
  const answer = z.object({ ok: z.boolean(), mistakes: z.array(z.object({ path: z.string(), line: z.number() })) });
  const file = await fileWith(minimal({ timeZone: "Mars" }));

  const bad = await check({ file, secrets: false, json: true });
  const good = await check({ file: exampleFile, secrets: false, json: true });

  expect(answer.parse(JSON.parse(bad.out))).toEqual({ ok: false, mistakes: [{ path: "timeZone", line: 1 }] });
  expect(answer.parse(JSON.parse(good.out))).toEqual({ ok: true, mistakes: [] });
  expect(bad.err + good.err).toBe("");
});
