import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OpsroomError } from "../../../src/errors.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { checkSecrets } from "../../../src/config/secret-places.ts";
import { readSecret } from "../../../src/config/secrets.ts";
import { minimal } from "./example.ts";

let folder = "";
let warnings: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-secrets-"));
});
beforeEach(() => {
  warnings = [];
});
afterAll(async () => rm(folder, { recursive: true }));

const warn = (warning: string): void => {
  warnings.push(warning);
};

async function fileWith(content: string | Buffer, mode = 0o600): Promise<string> {
  const file = join(folder, "secret");
  await rm(file, { force: true });
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

const read = async (content: string | Buffer, mode?: number): Promise<string> =>
  readSecret({ kind: "file", file: await fileWith(content, mode) }, { env: {}, warn });

describe("from a file", () => {
  test.each([
    ["as it is", "s3cret", "s3cret"],
    ["without the line break an editor adds", "s3cret\n", "s3cret"],
    ["or a Windows one", "s3cret\r\n", "s3cret"],
    ["blanks belong to it", " s3 cret ", " s3 cret "],
  ])("%s", async (_, content, secret) => {
    expect(await read(content)).toBe(secret);
  });

  test.each([
    ["empty", "", /is empty/u],
    ["only a line break", "\n", /is empty/u],
    ["of two lines", "hunter2\nhunter3\n", /more than one line/u],
    ["far too long", Buffer.alloc(100_000, "hunter2"), /longer than/u],
  ])("%s is refused, and its content is not told", async (_, content, words) => {
    const error: unknown = await read(content).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(OpsroomError);
    expect(error).toMatchObject({ code: "OPSROOM_SECRET_UNREADABLE", message: expect.stringMatching(words) });
    expect(String(error)).not.toContain("hunter");
  });

  test("one that is not there names the file", async () => {
    await expect(readSecret({ kind: "file", file: "/nowhere/token" }, { env: {}, warn })).rejects.toThrow("/nowhere/token could not be read (ENOENT)");
  });

  test.each([
    [0o400, 0],
    [0o600, 0],
    [0o640, 0],
    [0o660, 1],
    [0o644, 1],
    [0o604, 1],
  ])("mode %o gives %i warnings", async (mode, count) => {
    await read("s3cret", mode);

    expect(warnings).toHaveLength(count);
  });
});

describe("from the environment", () => {
  test("as it is", async () => expect(await readSecret({ kind: "env", name: "TOKEN" }, { env: { TOKEN: "s3cret" }, warn })).toBe("s3cret"));
  test("not set", async () => {
    await expect(readSecret({ kind: "env", name: "TOKEN" }, { env: {}, warn })).rejects.toThrow("the environment variable TOKEN is not set");
  });
  test("empty", async () => {
    await expect(readSecret({ kind: "env", name: "TOKEN" }, { env: { TOKEN: "" }, warn })).rejects.toThrow("TOKEN is empty");
  });
});

test("every secret that the configuration names is looked for", async () => {
  const token = { file: "/nowhere/token" };
  const loaded = parseConfig(
    "test.yaml",
    minimal({
      store: { postgres: { url: { env: "DATABASE_URL" } } },
      clusters: [
        { name: "a", kubeconfig: { file: "/nowhere/kubeconfig" } },
        { name: "b", server: "https://k:6443", token, ca: { file: "/nowhere/ca" }, prometheus: { url: "http://p:9090", token } },
        { name: "c", inCluster: true },
      ],
      alerts: {
        sources: [
          { name: "a", bearer: token },
          { name: "b", basic: { user: "am", password: token }, alertmanager: { url: "https://am", basic: { user: "o", password: token }, ca: token } },
        ],
        defaultRoom: "ops",
      },
    }),
  );

  const mistakes = await checkSecrets(loaded, { env: {}, warn });

  expect(mistakes.map(({ path }) => path)).toEqual([
    "matrix.accessToken",
    "store.postgres.url",
    "clusters[0].kubeconfig.file",
    "clusters[1].ca.file",
    "clusters[1].token.file",
    "clusters[1].prometheus.token",
    "alerts.sources[0].bearer",
    "alerts.sources[1].basic.password",
    "alerts.sources[1].alertmanager.basic.password",
    "alerts.sources[1].alertmanager.ca.file",
  ]);
});
