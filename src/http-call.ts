/**
 * One call over HTTP on a connection of its own: bounded in size, aborted by a signal, following no redirect (it would take the credential along).
 * `node:http` and not `fetch`: that holds 7 MiB more.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { readBody } from "./bounded-body.ts";
import { asError } from "./errors.ts";

export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly authorization?: string | undefined;
  /** Certificate authority, PEM; the system's without it. */
  readonly ca?: string | undefined;
  /** Of the answer. */
  readonly mostBytes: number;
}

export interface Answer {
  readonly status: number;
  /** Where a redirect leads, as it was written. */
  readonly location: string | undefined;
  readonly body: string;
}

/** @throws when there is no answer, `TooLarge` (`src/bounded-body.ts`), or the reason of `signal` */
export async function callOnce({ method, url, body, authorization, ca, mostBytes }: Call, signal: AbortSignal): Promise<Answer> {
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
    return { status: response.statusCode ?? 0, location: response.headers.location, body: await readBody(response, mostBytes) };
  } catch (error) {
    throw asReason(error, signal);
  } finally {
    response.destroy();
  }
}

/** What aborted it says more than “aborted”. */
function asReason(error: unknown, signal: AbortSignal): Error {
  return asError(signal.aborted ? signal.reason : error);
}
