import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { runLogin, type LoginOptions } from "../../../src/cli/login.ts";

const user = "@opsroom:example.org";
const password = "correct horse battery staple";
const token = "syt_canary_token_0123456789";
const good = { user_id: user, device_id: "ABCDEF", access_token: token };

type Answer = (request: { readonly path: string; readonly body: string }, response: ServerResponse) => void;

let folder = "";
let answer: Answer = () => undefined;
let asked: { path: string; body: string; authorization: string | undefined }[] = [];
let server = createServer();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-login-"));
  asked = [];
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const path = request.url ?? "";
  asked.push({ path, body, authorization: request.headers.authorization });
  answer({ path, body }, response);
}

const json =
  (status: number, content: unknown): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
  };

async function login(options: Partial<LoginOptions> = {}, { env = {}, typed = password }: { env?: Readonly<Record<string, string>>; typed?: string } = {}) {
  let printed = "";
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const code = await runLogin(
    { homeserver: `http://127.0.0.1:${port}`, user, tokenFile: join(folder, "token"), ...options },
    { out: (line) => (printed += line), err: (line) => (printed += line), env, askPassword: () => Promise.resolve(typed), signal: AbortSignal.timeout(10_000) },
  );
  expect(printed).not.toContain(password);
  expect(printed).not.toContain("syt_canary");
  return { code, printed, files: await readdir(folder) };
}

describe("a password login", () => {
  test("makes a named device and keeps its token for the owner alone", async () => {
    answer = json(200, good);

    const { code, printed, files } = await login({ deviceName: "Opsroom prod" });

    expect(code).toBe(0);
    expect(printed).toContain("device ABCDEF");
    expect(files).toEqual(["token"]);
    expect(await readFile(join(folder, "token"), "utf8")).toBe(`${token}\n`);
    expect((await stat(join(folder, "token"))).mode & 0o777).toBe(0o600);
    expect(asked.map(({ path }) => path)).toEqual(["/_matrix/client/v3/login"]);
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      type: "m.login.password",
      identifier: { type: "m.id.user", user },
      password,
      initial_device_display_name: "Opsroom prod",
    });
  });

  test("takes the password from the environment, or from a file before it", async () => {
    answer = json(200, good);
    await writeFile(join(folder, "password"), "from a file\n", { mode: 0o600 });

    await login({}, { env: { OPSROOM_PASSWORD: "from the environment" } });
    await login({ force: true, passwordFile: join(folder, "password") }, { env: { OPSROOM_PASSWORD: "from the environment" } });

    expect(asked.map(({ body }) => z.object({ password: z.string() }).parse(JSON.parse(body)).password)).toEqual(["from the environment", "from a file"]);
  });

  test("never replaces a token unasked, and asks the homeserver nothing then", async () => {
    answer = json(200, good);
    await writeFile(join(folder, "token"), "the old one");

    const refused = await login();

    expect(refused).toMatchObject({ code: 1, files: ["token"] });
    expect(refused.printed).toContain("--force");
    expect(asked).toEqual([]);
    expect(await readFile(join(folder, "token"), "utf8")).toBe("the old one");
    expect((await login({ force: true })).code).toBe(0);
    expect(await readFile(join(folder, "token"), "utf8")).toBe(`${token}\n`);
  });

  test("makes no device when the token could not be kept", async () => {
    const { code, printed } = await login({ tokenFile: join(folder, "nowhere", "token") });

    expect(code).toBe(1);
    expect(printed).toContain("could not be written (ENOENT)");
    expect(asked).toEqual([]);
  });

  test("gives the device back when the homeserver logged in somebody else", async () => {
    answer = (request, response) => json(200, request.path.endsWith("/login") ? { ...good, user_id: "@nadia:example.org" } : {})(request, response);

    const { code, files } = await login();

    expect({ code, files }).toEqual({ code: 1, files: [] });
    expect(asked.at(-1)).toMatchObject({ path: "/_matrix/client/v3/logout", authorization: `Bearer ${token}` });
  });
});

describe("what is refused is said in words", () => {
  test.each([
    ["a wrong password, or none taken", 403, { errcode: "M_FORBIDDEN", error: `Invalid ${password}` }, "mas-cli manage issue-compatibility-token opsroom"],
    ["no password login at all", 404, { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" }, "mas-cli manage issue-compatibility-token opsroom"],
    ["too many tries", 429, { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 4200 }, "Try again in 5 s"],
    ["an account that is gone", 403, { errcode: "M_USER_DEACTIVATED" }, "is deactivated"],
    ["anything else", 400, { errcode: "M_INVALID_PARAM", error: password }, "M_INVALID_PARAM"],
    ["no homeserver", 404, "<html>", "no homeserver's client API"],
    ["an answer that is no login", 200, { user_id: user }, "is no login"],
    ["a token that would break a header", 200, { ...good, access_token: "syt_canary\nx" }, "is no login"],
    ["an error code that is none", 400, { errcode: "syt_canary" }, "no homeserver's client API"],
  ])("%s", async (_, status, content, words) => {
    answer = json(status, content);

    const { code, printed, files } = await login();

    expect({ code, files }).toEqual({ code: 1, files: [] });
    expect(printed).toContain(words);
  });

  test("a redirect is not followed with the password", async () => {
    answer = (_, response) => void response.writeHead(307, { location: "/elsewhere" }).end();

    expect((await login()).code).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test("an answer without end", async () => {
    answer = (_, response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(200_000, "x"));
    };

    expect((await login()).code).toBe(1);
  });

  test("nobody there", async () => {
    const { code, printed } = await login({ homeserver: "http://127.0.0.1:1" });

    expect(code).toBe(1);
    expect(printed).toContain("could not be reached");
  });

  test.each([
    [{ homeserver: "http://matrix.example.org" }, "--homeserver"],
    [{ homeserver: "https://opsroom:hunter2@matrix.example.org" }, "--homeserver"],
    [{ user: "opsroom" }, "--user"],
  ])("called with %o it asks nobody and exits with 2", async (options, words) => {
    const { code, printed } = await login(options);

    expect(code).toBe(2);
    expect(printed).toContain(words);
    expect(printed).not.toContain("hunter2");
    expect(asked).toEqual([]);
  });
});
