/**
 * The HTTP under matrix-bot-sdk: our own in place of the package `request`, with a signal, a deadline and a size bound for each call.
 * The SDK's request function knows none of these, so they travel beside the call in an AsyncLocalStorage.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { exchange, type Exchanged } from "./exchange.ts";
import { MatrixFailure, failureKind } from "./failure.ts";
import { retryAfterMs } from "./retry-after.ts";

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Of the answer, after decompression. */
  readonly mostBytes: number;
}

/** What the SDK hands to its request function: as much of the package `request`'s options as it uses. */
export interface SdkRequest {
  readonly uri: string;
  readonly method: string;
  readonly qs?: Readonly<Record<string, unknown>> | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

type Callback = (error: Error | null, response?: { readonly statusCode: number; readonly body: unknown }, body?: unknown) => void;

const options = new AsyncLocalStorage<CallOptions>();

/** Runs a call of the SDK under these options. */
export function withOptions<T>(call: CallOptions, run: () => Promise<T>): Promise<T> {
  return options.run(call, run);
}

/** For the SDK's `setRequestFn`. Answers with parsed JSON, or with a {@link MatrixFailure}, or with the reason of the caller's signal. Never rejects. */
export async function requestForSdk(request: SdkRequest, callback: Callback): Promise<void> {
  const call = options.getStore();
  let body: unknown;
  try {
    if (call === undefined) throw new Error("a call of matrix-bot-sdk that did not come through src/matrix/sdk-api.ts");
    body = await ask(request, call);
  } catch (error) {
    callback(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  callback(null, { statusCode: 200, body }, body);
}

async function ask(request: SdkRequest, call: CallOptions): Promise<unknown> {
  call.signal.throwIfAborted();
  const ended = new AbortController();
  const abort = (): void => ended.abort(call.signal.reason);
  call.signal.addEventListener("abort", abort, { once: true });
  const deadline = setTimeout(() => ended.abort(new Error(`no answer within ${Math.round(call.deadlineMs / 1000)} s`)), call.deadlineMs);
  try {
    const { method, headers, body } = request;
    const answer = await exchange(
      { method, url: addressOf(request), headers: { ...headers, "User-Agent": "opsroom" }, body, mostBytes: call.mostBytes },
      ended.signal,
    );
    return judge(request, answer);
  } catch (error) {
    call.signal.throwIfAborted();
    if (error instanceof MatrixFailure) throw error;
    throw new MatrixFailure("unreachable", `${nameOf(request)}: ${withoutToken(request, reasonOf(error))}`);
  } finally {
    clearTimeout(deadline);
    call.signal.removeEventListener("abort", abort);
  }
}

function judge(request: SdkRequest, { status, retryAfter, text }: Exchanged): unknown {
  const body = parseJson(text);
  const errcode = stringIn(body, "errcode");
  if (status >= 200 && status < 300 && errcode === undefined && typeof body === "object" && body !== null) return body;
  const kind = failureKind(status, errcode);
  const said =
    errcode === undefined
      ? body === undefined
        ? "an answer that is no JSON"
        : "an answer that is no Matrix answer"
      : `${errcode} ${stringIn(body, "error") ?? ""}`;
  throw new MatrixFailure(kind, `${nameOf(request)}: ${status} ${withoutToken(request, oneLine(said))}`, {
    status,
    errcode,
    retryAfterMs: kind === "limited" ? retryAfterMs(retryAfter, body, Date.now()) : undefined,
    authentication: status === 401 && typeof body === "object" && body !== null && "flows" in body ? body : undefined,
  });
}

function addressOf({ uri, qs }: SdkRequest): URL {
  const url = new URL(uri);
  for (const [key, value] of Object.entries(qs ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(key, typeof value === "string" ? value : JSON.stringify(value));
  }
  return url;
}

/** Method and path; the query is left out, it may be long. */
function nameOf({ method, uri }: SdkRequest): string {
  return `${method} ${new URL(uri).pathname}`;
}

/** A proxy may echo the header. */
function withoutToken({ headers }: SdkRequest, text: string): string {
  const token = headers["Authorization"]?.replace(/^Bearer /u, "");
  return token === undefined || token === "" ? text : text.replaceAll(token, "[redacted]");
}

/** A failure that several addresses had says nothing itself and puts the reasons below. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const { cause } = error;
  return oneLine(cause instanceof Error ? cause.message || stringIn(cause, "code") || error.message : error.message);
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, " ")
    .trim()
    .slice(0, 300);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stringIn(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
