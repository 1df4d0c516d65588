/** One call over HTTP: bounded in time and size, aborted by a signal, following no redirect (it would take the credential along). */
import { request as httpRequest, type IncomingMessage } from "node:http";

export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly authorization: string | undefined;
  /** Certificate authority, PEM; the system's without it. `fetch` cannot be given one. */
  readonly ca: string | undefined;
  /** Of the answer. */
  readonly mostBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The answer is larger than it may be. */
export class TooLarge extends Error {}

/** @throws when there is no answer, {@link TooLarge}, or the reason of `signal` */
export async function exchange({ method, url, body, authorization, ca, mostBytes }: Call, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: "*/*",
    "user-agent": "opsroom",
    ...(authorization === undefined ? {} : { authorization }),
    ...(payload === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
  };
  const secure = url.startsWith("https:");
  // TLS is loaded only for those who use it: it holds 8 MiB.
  const send = secure ? (await import("node:https")).request : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // A connection of its own: calls are few, and one that was kept may be cut just when it is used again.
    const options = { agent: false, method, headers, signal, ...(secure && ca !== undefined ? { ca } : {}) };
    const request = send(url, options, resolve);
    request.on("error", (error) => reject(asReason(error, signal)));
    request.end(payload);
  });
  try {
    return { status: response.statusCode ?? 0, body: await read(response, mostBytes) };
  } catch (error) {
    throw asReason(error, signal);
  } finally {
    response.destroy();
  }
}

async function read(response: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > mostBytes) throw new TooLarge(`an answer of more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What aborted it says more than “aborted”. */
function asReason(error: unknown, signal: AbortSignal): Error {
  const told: unknown = signal.aborted ? signal.reason : error;
  return told instanceof Error ? told : new Error(String(told));
}
