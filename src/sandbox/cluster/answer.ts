/** A page of a list, or a `Status`, as a Kubernetes API answers. Pure. */
import { parseLabelSelector } from "../../status/label-selector.ts";
import type { Json } from "./objects.ts";
import type { Entry, ResourceList } from "./world.ts";

export interface Answer {
  readonly status: number;
  readonly body: Json | string;
}

const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  413: "RequestEntityTooLarge",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

/** @param reason where the status has several: 409, 422 */
export function statusAnswer(status: number, message: string, details: Json = {}, reason: string = reasons[status] ?? "Unknown"): Answer {
  return {
    status,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code: status },
  };
}

export interface ListQuestion {
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly limit: number | undefined;
  readonly continue: string | undefined;
  /** How often lists have been made to expire; tokens from before are too old. */
  readonly epoch: number;
}

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.";

export function listAnswer({ kind, entries, paged }: ResourceList, asked: ListQuestion): Answer {
  let matches: (labels: Readonly<Record<string, string>>) => boolean = () => true;
  try {
    if (asked.labelSelector !== undefined && asked.labelSelector !== "") matches = parseLabelSelector(asked.labelSelector);
  } catch (error) {
    return statusAnswer(400, `unable to parse requirement: ${error instanceof Error ? error.message : "bad selector"}`);
  }
  const wanted = ({ namespace, labels }: Entry): boolean => (asked.namespace === undefined || namespace === asked.namespace) && matches(labels);
  const chosen = asked.namespace === undefined && asked.labelSelector === undefined ? entries : entries.filter(wanted);
  const token = asked.continue === undefined || !paged ? undefined : decode(asked.continue);
  if (asked.continue !== undefined && paged && token === undefined) return statusAnswer(400, "continue key is not valid");
  if (token !== undefined && token.epoch !== asked.epoch) return statusAnswer(410, tooOld);
  const from = token === undefined ? 0 : chosen.findIndex((entry) => entry.key > token.after);
  const rest = from < 0 ? [] : chosen.slice(from);
  const page = !paged || asked.limit === undefined || asked.limit <= 0 ? rest : rest.slice(0, asked.limit);
  const left = rest.length - page.length;
  const metadata = {
    ...(paged ? { resourceVersion: String(1_000_000 + asked.epoch) } : {}),
    // The number of those left is not told where a selector would have to be evaluated for it.
    ...(left > 0
      ? { continue: encode({ epoch: asked.epoch, after: page.at(-1)?.key ?? "" }), ...(asked.labelSelector === undefined ? { remainingItemCount: left } : {}) }
      : {}),
  };
  return { status: 200, body: { kind, apiVersion: asked.apiVersion, metadata, items: page.map((entry) => entry.json()) } };
}

interface Token {
  readonly epoch: number;
  readonly after: string;
}

const encode = ({ epoch, after }: Token): string => Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: epoch, start: after })).toString("base64url");

function decode(text: string): Token | undefined {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (typeof token !== "object" || token === null || !("rv" in token) || !("start" in token)) return undefined;
    return typeof token.rv === "number" && typeof token.start === "string" ? { epoch: token.rv, after: token.start } : undefined;
  } catch {
    return undefined;
  }
}
