/** How long a limited call has to wait. */

/** A homeserver that says more than this has its clock wrong. */
const mostMs = 15 * 60_000;

/**
 * Reads the `Retry-After` header (seconds or an HTTP date), else the body's `retry_after_ms`, which the specification has deprecated since v1.10
 * and older homeservers still send alone.
 * @param now milliseconds since 1970
 * @returns milliseconds, at most a quarter of an hour; `undefined` when neither says
 */
export function retryAfterMs(header: string | null, body: unknown, now: number): number | undefined {
  const said = fromHeader(header, now) ?? fromBody(body);
  return said === undefined ? undefined : Math.min(Math.max(0, said), mostMs);
}

function fromHeader(header: string | null, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/u.test(text)) return Math.ceil(Number(text) * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - now;
}

function fromBody(body: unknown): number | undefined {
  if (typeof body !== "object" || body === null || !("retry_after_ms" in body)) return undefined;
  const ms = body.retry_after_ms;
  return typeof ms === "number" && Number.isFinite(ms) ? Math.ceil(ms) : undefined;
}
