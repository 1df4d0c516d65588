/** Errors in the form the client-server API gives them. */
import type { Json } from "./event.ts";

export class MatrixError extends Error {
  readonly status: number;
  readonly errcode: string;
  readonly extra: Json;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errcode: string, message: string, extra: Json = {}, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "MatrixError";
    this.status = status;
    this.errcode = errcode;
    this.extra = extra;
    this.headers = headers;
  }

  body(): Json {
    return { errcode: this.errcode, error: this.message, ...this.extra };
  }
}

export const forbidden = (message: string): MatrixError => new MatrixError(403, "M_FORBIDDEN", message);
export const notFound = (message: string): MatrixError => new MatrixError(404, "M_NOT_FOUND", message);
export const badRequest = (message: string, errcode = "M_UNKNOWN"): MatrixError => new MatrixError(400, errcode, message);

/** 429 as Synapse answers it: seconds, rounded up, in the header; milliseconds in the body. */
export function limitExceeded(retryAfterMs: number, where: "header" | "body" | "both" = "both"): MatrixError {
  return new MatrixError(
    429,
    "M_LIMIT_EXCEEDED",
    "Too Many Requests",
    where === "header" ? {} : { retry_after_ms: retryAfterMs },
    where === "body" ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) },
  );
}

export const unknownToken = (): MatrixError => new MatrixError(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", { soft_logout: false });
