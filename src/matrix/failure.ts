/** How a call to the homeserver can fail, by what one does about it. */

/**
 * `limited`: wait `retryAfterMs`. `unauthorised`: the access token is not accepted. `forbidden`, `not-found`, `too-large`: asking again does not help.
 * `refused`: any other 4xx with a Matrix error code (an account suspended or locked among them). `unreachable`: network, timeout, 5xx, or an answer that no homeserver gives; it may heal.
 */
export type MatrixFailureKind = "limited" | "unauthorised" | "forbidden" | "not-found" | "too-large" | "refused" | "unreachable";

export interface FailureFacts {
  /** HTTP status; `undefined` when there was no answer. */
  readonly status?: number | undefined;
  /** Matrix error code, `M_…`. */
  readonly errcode?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Of a 401 that asks for user-interactive authentication: its body. */
  readonly authentication?: unknown;
  readonly cause?: unknown;
}

/** Its message says which call and what was answered; never the token. */
export class MatrixFailure extends Error {
  readonly kind: MatrixFailureKind;
  readonly status: number | undefined;
  readonly errcode: string | undefined;
  /** Of `limited`: how long the homeserver wants us to wait; `undefined` when it did not say. */
  readonly retryAfterMs: number | undefined;
  /** What the homeserver wants before it does this: a body with `flows`. `undefined` when it wants nothing. */
  readonly authentication: unknown;

  constructor(kind: MatrixFailureKind, message: string, facts: FailureFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "MatrixFailure";
    this.kind = kind;
    this.status = facts.status;
    this.errcode = facts.errcode;
    this.retryAfterMs = facts.retryAfterMs;
    this.authentication = facts.authentication;
  }
}

/**
 * Judges an answer that is not a success. An answer without a Matrix error code comes from something before the homeserver
 * (an ingress, a firewall) and may heal, save those that speak for themselves: 429 and 413.
 */
export function failureKind(status: number, errcode: string | undefined): MatrixFailureKind {
  if (status === 429 || errcode === "M_LIMIT_EXCEEDED") return "limited";
  if (status === 413 || errcode === "M_TOO_LARGE") return "too-large";
  if (errcode === undefined || status < 400 || status >= 500) return "unreachable";
  if (errcode === "M_UNKNOWN_TOKEN" || errcode === "M_MISSING_TOKEN") return "unauthorised";
  if (errcode === "M_FORBIDDEN") return "forbidden";
  if (errcode === "M_NOT_FOUND") return "not-found";
  return "refused";
}

/** The kind for a metric's label; what is no MatrixFailure is somebody else's, mostly the store's. */
export function kindOf(error: unknown): MatrixFailureKind | "other" {
  return error instanceof MatrixFailure ? error.kind : "other";
}
