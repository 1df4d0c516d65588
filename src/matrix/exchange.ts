/** One HTTP exchange, on connections that are kept. `node:http` and not `fetch`: it holds 7 MiB less, and TLS is loaded only for those who use it. */
import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { readBody } from "../bounded-body.ts";
import { asError } from "../errors.ts";

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** Of the answer. */
  readonly mostBytes: number;
}

export interface Exchanged {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

type Send = (url: URL, options: RequestOptions, onAnswer: (answer: IncomingMessage) => void) => ReturnType<typeof httpRequest>;
interface Way {
  readonly send: Send;
  readonly agent: Agent;
}

/** The long poll, the sender's rooms, and what commands ask. */
const connections = 32;
const ways = new Map<string, Promise<Way>>();

function wayFor(protocol: string): Promise<Way> {
  const known = ways.get(protocol);
  if (known !== undefined) return known;
  const made = protocol === "https:" ? secureWay() : Promise.resolve({ send: httpRequest, agent: new Agent({ keepAlive: true, maxSockets: connections }) });
  ways.set(protocol, made);
  return made;
}

async function secureWay(): Promise<Way> {
  const { Agent: SecureAgent, request } = await import("node:https");
  return { send: request, agent: new SecureAgent({ keepAlive: true, maxSockets: connections }) };
}

/** Redirects are not followed: a homeserver's client API redirects nobody, and following one would take the token along. @throws when there is no answer or it is too large; the reason of `signal` */
export async function exchange(call: Exchange, signal: AbortSignal): Promise<Exchanged> {
  const way = await wayFor(call.url.protocol);
  try {
    return await attempt(call, way, signal);
  } catch (error) {
    // The server has closed a kept connection just as it was used: nothing was answered, and every call of ours may be repeated.
    if (!(error instanceof StaleConnection)) throw error;
    return await attempt(call, way, signal);
  }
}

class StaleConnection extends Error {}

async function attempt({ method, url, headers, body, mostBytes }: Exchange, { send, agent }: Way, signal: AbortSignal): Promise<Exchanged> {
  signal.throwIfAborted();
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(url, { agent, method, headers: { ...headers, ...length }, signal }, resolve);
    sent.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(asError(signal.reason));
      else reject(sent.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection(error.message, { cause: error }) : error);
    });
    sent.end(body);
  });
  try {
    return { status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] ?? null, text: await readBody(answer, mostBytes) };
  } catch (error) {
    answer.destroy();
    throw signal.aborted ? asError(signal.reason) : error;
  }
}
