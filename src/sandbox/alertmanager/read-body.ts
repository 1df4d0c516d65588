/** The body of a request, within a bound. */
import type { IncomingMessage } from "node:http";

const maxBytes = 32 * 2 ** 20;

/** @returns `undefined` when it is too large; the rest is not kept */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}
