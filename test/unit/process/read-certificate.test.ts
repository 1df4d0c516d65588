import { createServer as createPlainServer, type Server } from "node:net";
import { createSecureContext, createServer, type TlsOptions } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { readCertificate, serversOf } from "../../../src/process/read-certificate.ts";
import { selfSigned } from "../../../src/sandbox/cluster/certificate.ts";
import { listenOnLoopback } from "../../../src/sandbox/loopback.ts";
import { minimal } from "../config/example.ts";

const never = new AbortController().signal;
const soon = new Date("2026-07-01T12:00:00Z");
const long = new Date("2020-01-01T00:00:00Z");

async function listening(server: Server): Promise<string> {
  const port = await listenOnLoopback(server, 0);
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${port}`;
}

async function serving(more: TlsOptions = {}, notAfter = soon): Promise<string> {
  const server = createServer({ ...selfSigned({ notBefore: long, notAfter }), ...more });
  server.on("tlsClientError", () => undefined);
  return listening(server);
}

test("the end of a certificate is read, also of one that nobody trusts", async () => {
  const url = await serving();
  expect(await readCertificate("a.example", url, never)).toEqual({ of: "a.example", found: { endsAt: soon.getTime(), issuer: "embedded cluster" } });
});

test("one that has ended is read too: that is what is to be told", async () => {
  const ended = new Date("2021-01-01T00:00:00Z");
  expect(await readCertificate("a.example", await serving({}, ended), never)).toMatchObject({ found: { endsAt: ended.getTime() } });
});

test("a server with several certificates is asked for the one of its name", async () => {
  const other = selfSigned({ dnsName: "localhost", notBefore: long, notAfter: new Date("2026-09-01T00:00:00Z") });
  const { port } = new URL(await serving({ SNICallback: (name, done) => done(name === "localhost" ? null : new Error(name), createSecureContext(other)) }));
  expect(await readCertificate("localhost", `https://localhost:${port}`, never)).toMatchObject({ found: { endsAt: Date.parse("2026-09-01T00:00:00Z") } });
});

test("a server that is away, speaks no TLS or hangs up is said in words", async () => {
  const gone = createPlainServer();
  const away = `https://127.0.0.1:${await listenOnLoopback(gone, 0)}`;
  await new Promise((resolve) => gone.close(resolve));
  expect(await readCertificate("a.example", away, never)).toEqual({ of: "a.example", found: { error: "connection refused" } });

  const plain = await listening(createPlainServer((socket) => void socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  expect(await readCertificate("a.example", plain, never)).toMatchObject({ found: { error: expect.stringMatching(/\S/u) } });

  const rude = await listening(createPlainServer((socket) => void socket.destroy()));
  expect(await readCertificate("a.example", rude, never)).toEqual({ of: "a.example", found: { error: "the connection was cut" } });
});

test("a server that says nothing is given up with the job", async () => {
  const silent = await listening(createPlainServer((socket) => onTestFinished(() => void socket.destroy())));
  const stop = new AbortController();
  const reading = readCertificate("a.example", silent, stop.signal);
  stop.abort(new Error("there was no more time"));
  await expect(reading).rejects.toThrow("there was no more time");
  await expect(readCertificate("a.example", silent, stop.signal)).rejects.toThrow("there was no more time");
});

test("looked at are the bot's homeserver and those of the configuration, each once, and only where TLS is", () => {
  const homeserver = (name: string, serverName: string, address?: string) => ({
    name,
    serverName,
    shape: "ess",
    cluster: "prod",
    namespace: name,
    ...(address === undefined ? {} : { address }),
  });
  const { config } = parseConfig(
    "test.yaml",
    minimal({
      homeservers: [
        homeserver("one", "one.example"),
        homeserver("two", "two.example", "https://matrix.two.example/_matrix"),
        homeserver("three", "three.example:8448", "http://synapse.three.svc:8008"),
        homeserver("four", "one.example", "https://matrix.example.org"),
      ],
    }),
  );
  expect(serversOf(config)).toEqual([
    ["matrix.example.org", "https://matrix.example.org"],
    ["one.example", "https://one.example"],
    ["matrix.two.example", "https://matrix.two.example"],
    ["two.example", "https://two.example"],
  ]);
});
