/** What all objects have: a place, a beginning, an end, an owner. */
import { field, listOf, textOf } from "../../kubernetes/json.ts";
import { instantOf } from "./times.ts";

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export interface Condition {
  readonly status: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** When it became what it is. */
  readonly since: number | undefined;
}

/** One that has no name or namespace is none of an API server's. */
export function placeOf(item: unknown): Place | undefined {
  const metadata = field(item, "metadata");
  const name = textOf(field(metadata, "name"));
  const namespace = textOf(field(metadata, "namespace"));
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

export function createdAtOf(item: unknown): number | undefined {
  return instantOf(field(field(item, "metadata"), "creationTimestamp"));
}

export function isGoing(item: unknown): boolean {
  const at = field(field(item, "metadata"), "deletionTimestamp");
  return at !== undefined && at !== null;
}

export function conditionOf(item: unknown, type: string): Condition | undefined {
  const found = listOf(field(field(item, "status"), "conditions")).find((each) => field(each, "type") === type);
  const status = textOf(field(found, "status"));
  if (status === undefined) return undefined;
  return {
    status,
    reason: worded(field(found, "reason")),
    message: clipped(field(found, "message")),
    since: instantOf(field(found, "lastTransitionTime")),
  };
}

/** Names, phases and the like: never empty. */
export function worded(value: unknown): string | undefined {
  const text = textOf(value)?.trim();
  return text === undefined || text === "" ? undefined : text.slice(0, 300);
}

const longestMessage = 2000;

/** Messages of commands can be pages long: the end says most, the beginning says what it was. */
export function clipped(value: unknown): string | undefined {
  const text = textOf(value)?.trim();
  if (text === undefined || text === "") return undefined;
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage / 2)} … ${text.slice(-longestMessage / 2)}`;
}
