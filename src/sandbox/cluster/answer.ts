/** A page of a list, or a `Status`, as a Kubernetes API answers. Pure. */
import { parseLabelSelector } from "../../status/label-selector.ts";
import type { Json } from "./objects.ts";

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

export function statusAnswer(status: number, message: string, details: Json = {}): Answer {
  return {
    status,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason: reasons[status] ?? "Unknown", details, code: status },
  };
}

export interface ListQuestion {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly limit: number | undefined;
  /** As the last page gave it: here, the place in the list. */
  readonly continue: string | undefined;
}

export function listAnswer(all: readonly Json[], asked: ListQuestion): Answer {
  let matches: (labels: Readonly<Record<string, string>>) => boolean = () => true;
  try {
    if (asked.labelSelector !== undefined && asked.labelSelector !== "") matches = parseLabelSelector(asked.labelSelector);
  } catch (error) {
    return statusAnswer(400, error instanceof Error ? error.message : "bad selector");
  }
  const chosen =
    asked.namespace === undefined && asked.labelSelector === undefined
      ? all
      : all.filter((item) => inNamespace(item, asked.namespace) && matches(labelsOf(item)));
  const from = asked.continue === undefined ? 0 : Number(asked.continue);
  if (!Number.isInteger(from) || from < 0) return statusAnswer(410, "The provided continue parameter is too old to display a consistent list result.");
  const to = asked.limit === undefined || asked.limit === 0 ? chosen.length : Math.min(chosen.length, from + asked.limit);
  const left = chosen.length - to;
  const metadata = { resourceVersion: "1", ...(left > 0 ? { continue: String(to), remainingItemCount: left } : {}) };
  return { status: 200, body: { kind: asked.kind, apiVersion: asked.apiVersion, metadata, items: chosen.slice(from, to) } };
}

function metadataOf(item: Json): Json {
  const metadata = item["metadata"];
  return typeof metadata === "object" && metadata !== null ? { ...metadata } : {};
}

function inNamespace(item: Json, namespace: string | undefined): boolean {
  return namespace === undefined || metadataOf(item)["namespace"] === namespace;
}

function labelsOf(item: Json): Readonly<Record<string, string>> {
  const labels = metadataOf(item)["labels"];
  return typeof labels === "object" && labels !== null ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)])) : {};
}
