import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { containerCommands } from "../../../src/kubernetes/exec.ts";
import type { ContainerCommand } from "../../../src/kubernetes/objects.ts";
import { acceptWebSocket, type WebSocketServer } from "../../../src/sandbox/cluster/exec/web-socket.ts";

const success = JSON.stringify({ metadata: {}, status: "Success" });
const exit = (code: string): string =>
  JSON.stringify({ status: "Failure", message: "it ended", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: code }] } });

interface Heard {
  readonly url: URL;
  readonly input: () => string;
}

interface Play {
  readonly web: WebSocketServer;
  readonly socket: Duplex;
  readonly heard: Heard;
  readonly say: (channel: number, text: string) => void;
}

/** An API server that plays one command; `onEnd` when standard input is said to have ended, `onInput` at each piece of it. */
async function setUp(
  played: { readonly onEnd?: (play: Play) => void; readonly onInput?: (play: Play) => void; readonly begin?: (play: Play) => void },
  protocol = "v5.channel.k8s.io",
) {
  const server = createServer((_, response) => void response.end());
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    const input: Buffer[] = [];
    const web = acceptWebSocket(
      socket,
      { key: request.headers["sec-websocket-key"] ?? "", protocol, head },
      {
        message: (payload) => {
          if (payload[0] === 255) played.onEnd?.(play);
          if (payload[0] === 0) {
            input.push(payload.subarray(1));
            played.onInput?.(play);
          }
        },
        closed: () => undefined,
      },
    );
    const heard = { url: new URL(request.url ?? "/", "http://x"), input: () => Buffer.concat(input).toString() };
    const play: Play = { web, socket, heard, say: (channel, text) => web.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)])) };
    played.begin?.(play);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()));
  const failures: string[] = [];
  const stop = new AbortController();
  const { exec } = containerCommands({
    cluster: "prod",
    clock: systemClock,
    random: () => 0,
    tries: 1,
    onFailure: (kind) => void failures.push(kind),
    credentials: { server: () => `http://127.0.0.1:${port}`, apply: () => Promise.resolve({ proxied: false }) },
  });
  const ask = (given: Partial<ContainerCommand> = {}) =>
    exec(stop.signal, {
      namespace: "cnpg",
      name: "pg-1",
      container: "postgres",
      command: ["psql", "-c", "a b&c"],
      input: "SELECT 1",
      deadlineMs: 5000,
      mostBytes: 1000,
      ...given,
    });
  return {
    ask,
    stop,
    failures,
    server,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a command in a container", () => {
  test("gets its words and its input, and tells both its outputs and its exit code", async () => {
    let heard: Heard | undefined;
    await using bed = await setUp({
      onEnd: (play) => {
        heard = play.heard;
        play.say(1, "one ");
        play.say(2, "careful");
        play.say(3, exit("3"));
        play.say(1, "two");
        play.web.close(1000);
      },
    });
    await expect(bed.ask()).resolves.toEqual({ exitCode: 3, output: "one two", errors: "careful" });
    expect(heard?.input()).toBe("SELECT 1");
    expect(heard?.url.pathname).toBe("/api/v1/namespaces/cnpg/pods/pg-1/exec");
    expect(heard?.url.searchParams.getAll("command")).toEqual(["psql", "-c", "a b&c"]);
  });

  test("that reads a long input gets all of it, in order", async () => {
    const long = Array.from({ length: 30_000 }, (_, n) => String(n)).join(" ");
    await using bed = await setUp({
      onEnd: (play) => {
        play.say(1, String(play.heard.input() === long));
        play.say(3, success);
        play.web.close(1000);
      },
    });
    await expect(bed.ask({ input: long })).resolves.toMatchObject({ exitCode: 0, output: "true" });
  });

  test("runs also where the server knows only v4, in which the input never ends", async () => {
    await using bed = await setUp(
      {
        onInput: (play) => {
          play.say(3, success);
          play.web.close(1000);
        },
      },
      "v4.channel.k8s.io",
    );
    await expect(bed.ask({ input: "\\q\n" })).resolves.toMatchObject({ exitCode: 0 });
  });
});

describe("it never looks like success", () => {
  test.each<[string, (play: Play) => void, RegExp]>([
    ["when the connection breaks before the exit code", (play) => play.socket.destroy(), /broke: it ended before the command's exit code/u],
    ["when it is closed without an exit code", (play) => play.web.close(1000), /before the command's exit code/u],
    [
      "when the connection breaks after the exit code, so that output may be missing",
      (play) => {
        play.say(1, "half");
        play.say(3, success);
        play.socket.end();
      },
      /before all of the output/u,
    ],
    [
      "when the command could not be begun",
      (play) => {
        play.say(3, JSON.stringify({ status: "Failure", message: 'container not found ("postgres")', reason: "InternalError", code: 500 }));
        play.web.close(1000);
      },
      /could not be run: container not found/u,
    ],
    [
      "when the exit code is none",
      (play) => {
        play.say(3, exit("0"));
        play.web.close(1000);
      },
      /could not be run/u,
    ],
    [
      "when the status is no JSON",
      (play) => {
        play.say(3, "<html>");
        play.web.close(1000);
      },
      /could not be run/u,
    ],
    ["when it writes without end", (play) => play.say(1, "x".repeat(1001)), /wrote more than 1000 bytes/u],
  ])("%s", async (_, onEnd, said) => {
    await using bed = await setUp({ onEnd });
    await expect(bed.ask()).rejects.toMatchObject({ name: "ClusterError", message: expect.stringMatching(said) });
    expect(bed.failures).toHaveLength(1);
  });

  test("when it does not end in time, or nobody wants it any more", async () => {
    await using bed = await setUp({});
    await expect(bed.ask({ deadlineMs: 50 })).rejects.toMatchObject({ failure: "unreachable", message: expect.stringContaining("no answer in time") });
    const asked = bed.ask();
    bed.stop.abort(new Error("stopping"));
    await expect(asked).rejects.toThrow("stopping");
  });

  test("when it may not be run, or the server cannot be reached: as any other call says it", async () => {
    await using bed = await setUp({});
    bed.server.removeAllListeners("upgrade");
    bed.server.on("upgrade", (_: IncomingMessage, socket: Duplex) => {
      const body = JSON.stringify({ kind: "Status", reason: "Forbidden", message: "no" });
      socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    });
    await expect(bed.ask()).rejects.toMatchObject({ failure: "forbidden", message: expect.stringContaining("add verb create on pods/exec") });
    bed.server.removeAllListeners("upgrade");
    bed.server.on("upgrade", (_: IncomingMessage, socket: Duplex) => void socket.destroy());
    await expect(bed.ask()).rejects.toMatchObject({ failure: "unreachable" });
  });
});
