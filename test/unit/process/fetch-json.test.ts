import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { expect, test } from "vitest";
import { fetchJson } from "../../../src/process/fetch-json.ts";

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
}

async function serve(answer: RequestListener): Promise<Served> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return { url: `http://${host}/a`, host, [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")) };
}

const soon = (): AbortSignal => AbortSignal.timeout(5000);

test("JSON is read, also where redirects lead to", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/a") response.writeHead(307, { location: "/b/c" }).end();
    else if (request.url === "/b/c") response.writeHead(301, { location: "d" }).end();
    else response.end(JSON.stringify({ path: request.url }));
  });
  expect(await fetchJson(server.url, soon())).toEqual({ path: "/b/d" });
});

test.each<[string, RequestListener, RegExp]>([
  ["no 200", (_, response) => void response.writeHead(404).end("{}"), /^127\.0\.0\.1:\d+ answered 404$/u],
  ["no JSON", (_, response) => void response.end("<html>"), /answered something that is no JSON$/u],
  ["too much", (_, response) => void response.end(`"${"x".repeat(70_000)}"`), /answered more than 64 KiB$/u],
  ["a circle", (_, response) => void response.writeHead(302, { location: "/a" }).end(), /redirects for ever$/u],
  ["a redirect to no address", (_, response) => void response.writeHead(302, { location: "file:///etc/passwd" }).end(), /redirects to no address$/u],
  ["a connection that breaks", (_, response) => void response.destroy(), /cannot be reached: ECONNRESET$/u],
])("%s is said in words", async (_, answer, words) => {
  await using server = await serve(answer);
  await expect(fetchJson(server.url, soon())).rejects.toThrow(words);
});

test("nobody there is said in words; what is aborted ends with the reason", async () => {
  const server = await serve((_, response) => void response.end());
  await server[Symbol.asyncDispose]();
  await expect(fetchJson(server.url, soon())).rejects.toThrow(`${server.host} cannot be reached: ECONNREFUSED`);
  await using silent = await serve(() => undefined);
  await expect(fetchJson(silent.url, AbortSignal.timeout(50))).rejects.toThrow(/timeout/u);
});
