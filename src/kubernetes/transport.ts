/** One GET to an API server: bounded in size, aborted by a signal. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions, type RequestOptions } from "node:https";
import type { Credentials } from "./credentials.ts";

export interface HttpAnswer {
  readonly status: number;
  /** Of an answer that is no success; a success is told piece by piece. */
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

export interface Transport extends Disposable {
  /**
   * `take` is given the body of a success (2xx) piece by piece; what it throws ends the call.
   * @throws when there is no answer, it is too large, or `signal` aborts
   */
  readonly get: (path: string, take: (piece: Buffer) => void, signal: AbortSignal) => Promise<HttpAnswer>;
}

/** A page of 500 pods has about 5 MiB; a pod's manifest can be long. */
const mostBytes = 64 * 2 ** 20;
const mostRefusalBytes = 2 ** 20;
const connections = 8;

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
  return {
    get: async (path, take, signal) => {
      signal.throwIfAborted();
      const options: RequestOptions = { method: "GET", headers: { accept: "application/json", "user-agent": "opsroom" } };
      const { proxied } = await abortable(apply(options), signal);
      const base = server();
      // KubeConfig's own agent knows the way through a proxy, but keeps no connection.
      const agent = proxied ? options.agent : agentFor(base, options);
      const send = base.startsWith("https:") ? httpsRequest : httpRequest;
      return new Promise<HttpAnswer>((resolve, reject) => {
        const sent = send(new URL(base + path), { ...options, agent, signal }, (answer) => {
          const success = answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300;
          collect(answer, success ? take : undefined).then(
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
    [Symbol.dispose]: () => kept?.agent.destroy(),
  };
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

/** Hands the pieces on to `take`, or keeps them where nobody takes them: a refusal is short. */
async function collect(answer: IncomingMessage, take: ((piece: Buffer) => void) | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  const most = take === undefined ? mostRefusalBytes : mostBytes;
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > most) throw new Error(`its answer has more than ${most / 2 ** 20} MiB`);
    if (take === undefined) chunks.push(chunk);
    else take(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
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

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
