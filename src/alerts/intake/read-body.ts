/** A request's body, however large, slow or packed: read within bounds, or the reason why not. */
import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { ByteShare } from "./byte-budget.ts";
import { dropRest } from "./drop-rest.ts";
import type { IntakeLimits } from "./limits.ts";

export type ReadBody =
  | { readonly kind: "whole"; readonly text: string }
  /** Will never be readable. `sample`: how it begins. */
  | { readonly kind: "too-large" | "unreadable"; readonly why: string; readonly sample: string }
  /** May be readable another time. */
  | { readonly kind: "later"; readonly why: string };

export interface ReadOptions {
  readonly limits: Pick<IntakeLimits, "bodyBytes" | "bodyMs">;
  readonly share: ByteShare;
}

const sampleBytes = 8000;
const known = ["", "identity", "gzip", "x-gzip"];

/** Never rejects. What is refused is taken in all the same, and dropped: a client that is cut off does not see the answer. */
export async function readBody(request: IncomingMessage, options: ReadOptions): Promise<ReadBody> {
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  const body: ReadBody = known.includes(encoding)
    ? await collect(request, encoding.endsWith("gzip"), options)
    : { kind: "unreadable", why: "its content-encoding is neither gzip nor none", sample: "" };
  if (body.kind === "too-large" || body.kind === "unreadable") await dropRest(request, options.limits.bodyMs);
  return body;
}

function collect(request: IncomingMessage, packed: boolean, { limits, share }: ReadOptions): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>();
  const gunzip = packed ? createGunzip() : undefined;
  const source = gunzip ?? request;
  const declaredBytes = packed ? 0 : Number(request.headers["content-length"] ?? 0);
  const chunks: Buffer[] = [];
  let bytes = 0;

  const finish = (body: ReadBody): void => {
    clearTimeout(timer);
    source.off("data", onData).off("end", onEnd);
    request.off("error", onBroken).off("close", onBroken);
    if (gunzip !== undefined) request.unpipe(gunzip);
    gunzip?.destroy();
    resolve(body);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (Math.max(bytes, declaredBytes) > limits.bodyBytes)
      finish({ kind: "too-large", why: `the body has more than ${limits.bodyBytes} bytes`, sample: sampleOf(chunks) });
    else if (!share.take(chunk.length)) finish({ kind: "later", why: "too many large bodies at once" });
  };
  const onEnd = (): void => finish({ kind: "whole", text: decode(Buffer.concat(chunks)) });
  const onBroken = (): void => {
    if (!request.complete) finish({ kind: "later", why: "the connection broke off" });
  };
  const timer = setTimeout(() => finish({ kind: "later", why: `the body had not arrived after ${limits.bodyMs / 1000} s` }), limits.bodyMs);

  source.on("data", onData).on("end", onEnd);
  request.on("error", onBroken).on("close", onBroken);
  // Stays: destroying it half way may make it complain once more.
  gunzip?.on("error", () => finish({ kind: "unreadable", why: "the body says that it is gzip, and is not", sample: sampleOf(chunks) }));
  if (gunzip !== undefined) request.pipe(gunzip);
  return promise;
}

/** What is no UTF-8 becomes U+FFFD. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function sampleOf(chunks: readonly Buffer[]): string {
  return decode(Buffer.concat(chunks.slice(0, 8)).subarray(0, sampleBytes));
}
