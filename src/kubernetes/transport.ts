/** One request to an API server: its answer is read as it arrives, bounded in size, aborted by a signal. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions, type RequestOptions } from "node:https";
import { asError } from "../errors.ts";
import type { Credentials } from "./credentials.ts";
import { mediaType } from "./protobuf/envelope.ts";

export type Format = "json" | "protobuf";

export interface HttpAnswer {
  readonly status: number;
  /** `json` also where it does not say. */
  readonly format: Format;
  readonly retryAfterMs: number | undefined;
  /**
   * Hands over the body piece by piece, as it arrives; once. Until then the server is kept waiting.
   * @throws when it is cut or too large, or the question's signal aborts; what `onChunk` throws ends it too
   */
  readonly read: (onChunk: (chunk: Buffer) => void) => Promise<void>;
}

export interface Transport extends Disposable {
  /**
   * Resolves when the answer begins; `signal` holds until its end.
   * @param preferred JSON unless given; a server that has no protobuf answers in JSON all the same
   * @throws when there is none, or `signal` aborts
   */
  readonly get: (path: string, signal: AbortSignal, preferred?: Format) => Promise<HttpAnswer>;
  /** The same with a body, as JSON. Never sent a second time by itself. */
  readonly send: (method: "POST" | "DELETE", path: string, body: unknown, signal: AbortSignal) => Promise<HttpAnswer>;
}

/** A page of 500 pods has about 5 MiB; a pod's manifest can be long. */
const mostBytes = 64 * 2 ** 20;
const connections = 8;
const accepted = { json: "application/json", protobuf: `${mediaType},application/json` } as const satisfies Record<Format, string>;

export function openTransport({ server, apply }: Credentials): Transport {
  let kept: { readonly by: string; readonly agent: HttpAgent } | undefined;
  /** Keeps connections open between questions, until the address or the certificates change. */
  const agentFor = (base: string, { ca, cert, key, rejectUnauthorized, servername }: RequestOptions): HttpAgent => {
    const tls = defined({ ca, cert, key, rejectUnauthorized, servername });
    const by = `${base} ${[ca, cert, key, rejectUnauthorized, servername].map(String).join(" ")}`;
    if (kept?.by === by) return kept.agent;
    kept?.agent.destroy();
    const options: AgentOptions = { keepAlive: true, maxSockets: connections, ...tls };
    kept = { by, agent: base.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent({ keepAlive: true, maxSockets: connections }) };
    return kept.agent;
  };
  const ask = async (method: string, path: string, body: Buffer | undefined, signal: AbortSignal, preferred: Format): Promise<HttpAnswer> => {
    signal.throwIfAborted();
    const type = body === undefined ? {} : { "content-type": "application/json", "content-length": body.length };
    const options: RequestOptions = { method, headers: { accept: accepted[preferred], "user-agent": "opsroom", ...type } };
    const { proxied } = await abortable(apply(options), signal);
    const base = server();
    // KubeConfig's own agent knows the way through a proxy, but keeps no connection.
    const agent = proxied ? options.agent : agentFor(base, options);
    const send = base.startsWith("https:") ? httpsRequest : httpRequest;
    return new Promise<HttpAnswer>((resolve, reject) => {
      const sent = send(new URL(base + path), { ...options, agent, signal }, (answer) => {
        resolve(answerOf(answer, signal));
      });
      sent.on("error", (error) => reject(signal.aborted ? reasonOf(signal) : error));
      sent.end(body);
    });
  };
  return {
    get: async (path, signal, preferred = "json") => ask("GET", path, undefined, signal, preferred),
    send: async (method, path, body, signal) => ask(method, path, Buffer.from(JSON.stringify(body)), signal, "json"),
    [Symbol.dispose]: () => kept?.agent.destroy(),
  };
}

/** An answer that has begun. */
export function answerOf(answer: IncomingMessage, signal: AbortSignal): HttpAnswer {
  const format = answer.headers["content-type"]?.startsWith(mediaType) === true ? "protobuf" : "json";
  return { status: answer.statusCode ?? 0, format, retryAfterMs: retryAfter(answer), read: bodyOf(answer, signal) };
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(reasonOf(signal));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function bodyOf(answer: IncomingMessage, signal: AbortSignal): HttpAnswer["read"] {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Listened to from the start: it can be cut before anybody reads it.
  answer.on("error", (error) => reject(signal.aborted ? reasonOf(signal) : error));
  answer.on("end", resolve);
  promise.catch(() => undefined);
  return (onChunk) => {
    let size = 0;
    answer.on("data", (chunk: Buffer) => {
      try {
        size += chunk.length;
        if (size > mostBytes) throw new Error(`its answer has more than ${mostBytes / 2 ** 20} MiB`);
        onChunk(chunk);
      } catch (error) {
        answer.destroy(asError(error));
      }
    });
    return promise;
  };
}

/** An API server gives seconds. */
function retryAfter(answer: IncomingMessage): number | undefined {
  const header = answer.headers["retry-after"];
  return header !== undefined && /^\d{1,6}$/u.test(header) ? Number(header) * 1000 : undefined;
}

function defined<T extends Record<string, unknown>>(given: T): Partial<T> {
  const kept: Partial<T> = { ...given };
  for (const name of Object.keys(kept)) if (kept[name] === undefined) Reflect.deleteProperty(kept, name);
  return kept;
}

function reasonOf(signal: AbortSignal): Error {
  return asError(signal.reason);
}
