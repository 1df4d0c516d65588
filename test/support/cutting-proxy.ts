/** Stands between the bot and a homeserver and cuts replies after the homeserver has accepted the request. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";

export interface CuttingProxy extends AsyncDisposable {
  readonly baseUrl: string;
  /** From now on the reply to every `n`th matching request is cut; 0 cuts none. */
  readonly cutEvery: (n: number, path: RegExp) => void;
  /** Replies cut so far. */
  readonly cuts: () => number;
  /** Milliseconds each matching request took in the homeserver, by path. */
  readonly timings: () => readonly { readonly path: string; readonly method: string; readonly startedAt: number; readonly endedAt: number }[];
}

/** @param target base URL of the homeserver, plain http */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  let every = 0;
  let pattern = /^$/u;
  let seen = 0;
  let cuts = 0;
  const timings: { path: string; method: string; startedAt: number; endedAt: number }[] = [];
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const path = incoming.url ?? "/";
    const startedAt = performance.now();
    const matches = pattern.test(path);
    if (matches) seen += 1;
    const cut = matches && every > 0 && seen % every === 0;
    const upstream = request(new URL(path, target), { method: incoming.method, headers: incoming.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        timings.push({ path, method: incoming.method ?? "GET", startedAt, endedAt: performance.now() });
        if (cut) {
          cuts += 1;
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(chunks));
      });
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    cutEvery: (n, path) => {
      every = n;
      pattern = path;
      seen = 0;
    },
    cuts: () => cuts,
    timings: () => timings,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
