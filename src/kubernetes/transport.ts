/** One GET to an API server: bounded in time and size, aborted by a signal. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import type { Credentials } from "./credentials.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

export interface Transport extends Disposable {
  /** @throws when there is no answer, it is too large, or `signal` aborts */
  readonly get: (path: string, signal: AbortSignal) => Promise<HttpAnswer>;
}

/** A page of 500 pods has about 5 MiB; a pod's manifest can be long. */
const mostBytes = 64 * 2 ** 20;
const connections = 8;

export function openTransport({ server, apply }: Credentials): Transport {
  const secure = server.startsWith("https:");
  let agent: HttpAgent | undefined;
  return {
    get: async (path, signal) => {
      signal.throwIfAborted();
      const options: RequestOptions = { method: "GET", headers: { accept: "application/json" } };
      await apply(options);
      // KubeConfig makes an agent a call; one that keeps its connections is ours, with the same certificates.
      const { ca, cert, key, rejectUnauthorized, servername } = options;
      agent ??= secure
        ? new HttpsAgent({ keepAlive: true, maxSockets: connections, ...defined({ ca, cert, key, rejectUnauthorized, servername }) })
        : new HttpAgent({ keepAlive: true, maxSockets: connections });
      const send = secure ? httpsRequest : httpRequest;
      return new Promise<HttpAnswer>((resolve, reject) => {
        const sent = send(new URL(server + path), { ...options, agent, signal }, (answer) => {
          collect(answer).then(
            (body) => resolve({ status: answer.statusCode ?? 0, body, retryAfterMs: retryAfter(answer) }),
            (error: unknown) => {
              sent.destroy();
              reject(signal.aborted ? reasonOf(signal) : asError(error));
            },
          );
        });
        sent.on("error", (error) => reject(signal.aborted ? reasonOf(signal) : error));
        sent.end();
      });
    },
    [Symbol.dispose]: () => agent?.destroy(),
  };
}

async function collect(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > mostBytes) throw new Error(`its answer has more than ${mostBytes / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function retryAfter(answer: IncomingMessage): number | undefined {
  const seconds = Number(answer.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function defined<T extends Record<string, unknown>>(given: T): Partial<T> {
  const kept: Partial<T> = { ...given };
  for (const name of Object.keys(kept)) if (kept[name] === undefined) Reflect.deleteProperty(kept, name);
  return kept;
}

function reasonOf(signal: AbortSignal): Error {
  return asError(signal.reason);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
