/** What is allowed in a place, from what zod says about it. A schema's own words come first. */
import type { core } from "zod";

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping of keys",
  record: "a mapping of keys",
  array: "a list",
};

/** Given to zod as its error map: the message of every issue is what would have been allowed. */
export function allowedInWords(issue: core.$ZodRawIssue): string {
  if (issue.code === "invalid_type") return kinds[issue.expected] ?? issue.expected;
  if (issue.code === "invalid_value") return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") return atLeast(issue.origin, issue.minimum, issue.inclusive ?? true);
  if (issue.code === "too_big") return atMost(issue.origin, issue.maximum);
  return "what docs/configuration.md says";
}

function atLeast(origin: string, minimum: number | bigint, inclusive: boolean): string {
  if (origin === "array") return minimum === 1 ? "at least one entry" : `at least ${minimum} entries`;
  if (origin === "string") return minimum === 1 ? "a text that is not empty" : `a text of at least ${minimum} characters`;
  return inclusive ? `at least ${minimum}` : `more than ${minimum}`;
}

function atMost(origin: string, maximum: number | bigint): string {
  if (origin === "array") return `at most ${maximum} entries`;
  if (origin === "string") return `a text of at most ${maximum} characters`;
  return `at most ${maximum}`;
}
