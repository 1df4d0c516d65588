/** The rest of a body that is refused. */
import type { IncomingMessage } from "node:http";

/** More than this is cut off. */
const mostBytes = 64 * 2 ** 20;

/** Takes it in and drops it. Resolves at its end, or after `ms`, or when there is too much of it. Never rejects. */
export function dropRest(request: IncomingMessage, ms: number): Promise<void> {
  if (request.complete || request.destroyed) {
    request.resume();
    return Promise.resolve();
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.off("data", count).off("end", finish).off("close", finish);
    resolve();
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > mostBytes) finish();
  };
  const timer = setTimeout(finish, ms);
  request.on("data", count).on("end", finish).on("close", finish);
  request.resume();
  return promise;
}
