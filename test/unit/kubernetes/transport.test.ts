import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { openTransport } from "../../../src/kubernetes/transport.ts";

/** A server that answers each question by `answer`, and a transport to it. */
async function setUp(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()));
  const transport = openTransport({ server: () => `http://127.0.0.1:${port}`, apply: () => Promise.resolve({ proxied: false }) });
  const stop = new AbortController();
  return {
    stop,
    get: () => transport.get("/", stop.signal),
    [Symbol.asyncDispose]: async () => {
      transport[Symbol.dispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("an answer", () => {
  test("is read piece by piece, while the server still writes it", async () => {
    let finish = (): void => undefined;
    await using server = await setUp((response) => {
      response.write("half");
      finish = () => response.end(" and half");
    });
    const answer = await server.get();
    const pieces: string[] = [];
    await answer.read((chunk) => {
      pieces.push(chunk.toString());
      finish();
    });
    expect(pieces).toEqual(["half", " and half"]);
  });

  test("that is cut in the middle is an error, also where nobody had begun to read it", async () => {
    let cut = (): void => undefined;
    await using server = await setUp((response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half");
      cut = () => response.destroy();
    });
    const answer = await server.get();
    await expect(answer.read(() => cut())).rejects.toMatchObject({ code: "ECONNRESET" });
    const unread = await server.get();
    cut();
    await expect(unread.read(() => undefined)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("that nobody wants any more ends with the reason", async () => {
    await using server = await setUp((response) => void response.write("half"));
    const [read, unread] = [await server.get(), await server.get()];
    const reading = read.read(() => server.stop.abort(new Error("asked no more")));
    await expect(reading).rejects.toThrow("asked no more");
    await expect(unread.read(() => undefined)).rejects.toThrow("asked no more");
    await expect(server.get()).rejects.toThrow("asked no more");
  });

  test("that the reader cannot use is not read to its end", async () => {
    await using server = await setUp((response) => void response.write("half"));
    const answer = await server.get();
    await expect(
      answer.read(() => {
        throw new SyntaxError("no JSON");
      }),
    ).rejects.toThrow(new SyntaxError("no JSON"));
  });

  test("without end is given up", async () => {
    const piece = Buffer.alloc(2 ** 20, " ");
    await using server = await setUp((response) => {
      const more = (): void => void response.write(piece, (error) => (error ? undefined : more()));
      more();
    });
    const answer = await server.get();
    await expect(answer.read(() => undefined)).rejects.toThrow("its answer has more than 64 MiB");
  });
});
