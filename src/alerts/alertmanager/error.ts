/** How a question to an Alertmanager can fail, in words that a person can act on. */
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { connectionFault } from "../../connection-fault.ts";
import { OpsroomError, type ErrorCode } from "../../errors.ts";

/** `away`: network, certificate, deadline, 429 or 5xx. `refused`: it does not want what was asked. `not-found`: no such silence. `bad-answer`: not readable, or too much. */
export type AlertmanagerFailure = "away" | "refused" | "not-found" | "bad-answer";

const codes: Readonly<Record<AlertmanagerFailure, ErrorCode>> = {
  away: "OPSROOM_ALERTMANAGER_UNREACHABLE",
  refused: "OPSROOM_ALERTMANAGER_REFUSED",
  "not-found": "OPSROOM_ALERTMANAGER_REFUSED",
  "bad-answer": "OPSROOM_ALERTMANAGER_REFUSED",
};

/** Its message names the source and what was asked; never a credential. */
export class AlertmanagerError extends OpsroomError {
  readonly failure: AlertmanagerFailure;

  constructor(failure: AlertmanagerFailure, found: string, remedy: string, options?: ErrorOptions) {
    super(codes[failure], found, remedy, options);
    this.name = "AlertmanagerError";
    this.failure = failure;
  }
}

/** Judges an answer that is no success. @param what “list the silences” @param told its body */
export function refusedBy(source: string, what: string, status: number, told: string): AlertmanagerError {
  const who = `the Alertmanager of ${source}`;
  if (status === 401 || status === 403)
    return new AlertmanagerError("refused", `${who} does not let us ${what} (${status})`, "Give or renew the credential that the configuration names for it.");
  if (status === 429 || status >= 500)
    return new AlertmanagerError("away", `${who} answered ${status} when asked to ${what}: ${wordsOf(told)}`, "See its log; try again in a while.");
  if (status === 404) return new AlertmanagerError("not-found", `${who} knows nothing of that (404) when asked to ${what}`, "See that its address is right.");
  return new AlertmanagerError(
    "refused",
    `${who} answered ${status} when asked to ${what}: ${wordsOf(told)}`,
    status >= 300 && status < 400 ? "Put the address that it redirects to into the configuration." : "Change what was asked as it says.",
  );
}

/** A call that brought no answer. */
export function noAnswerFrom(source: string, what: string, cause: unknown): AlertmanagerError {
  return new AlertmanagerError(
    "away",
    `the Alertmanager of ${source} could not be asked to ${what}: ${connectionFault(cause, "a CA that is trusted", (message) => clip(oneLine(message), 200))}`,
    "See whether it runs and can be reached from here.",
    {
      cause,
    },
  );
}

export function unreadable(source: string, what: string, why: string): AlertmanagerError {
  return new AlertmanagerError(
    "bad-answer",
    `the Alertmanager of ${source} answered ${why} when asked to ${what}`,
    "See what answers at the address that the configuration names.",
  );
}

/** It answers errors as a JSON string, or as `{code, message}`, or as plain text; a proxy before it as a page. */
function wordsOf(told: string): string {
  const text = told.trimStart().startsWith("<") ? "a web page" : messageIn(told);
  return clip(oneLine(text.trim()), 300) || "nothing more";
}

function messageIn(told: string): string {
  try {
    const value: unknown = JSON.parse(told);
    if (typeof value === "string") return value;
    if (typeof value === "object" && value !== null && "message" in value && typeof value.message === "string") return value.message;
  } catch {
    return told;
  }
  return told;
}
