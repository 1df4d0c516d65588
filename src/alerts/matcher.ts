/** Matchers in Prometheus' grammar, as Alertmanager takes them: `severity="critical"`, `{ns=~"matrix-.*", "utf8 name"!="x"}`. */
import type { Labels } from "./delivery.ts";
import { readMatchers } from "./matcher-grammar.ts";
import { regexMatches, regexMistake } from "./regex/regex.ts";

export interface Matcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export type ParsedMatchers = { readonly ok: true; readonly matchers: readonly Matcher[] } | { readonly ok: false; readonly mistake: string };

/** More in one text are refused. */
const mostMatchers = 100;

/** One or more matchers, separated by commas, in braces or not. `mistake` says where and what is allowed. */
export function parseMatchers(text: string): ParsedMatchers {
  const read = readMatchers(text);
  if (!read.ok) return read;
  if (read.matchers.length > mostMatchers) return { ok: false, mistake: `${read.matchers.length} matchers; ${mostMatchers} are allowed` };
  for (const { name, op, value, at } of read.matchers) {
    const mistake = isRegex(op) ? regexMistake(value) : undefined;
    if (mistake !== undefined) return { ok: false, mistake: `character ${at}: the regular expression of ${name} ${mistake}` };
  }
  return { ok: true, matchers: read.matchers.map(({ name, op, value }) => ({ name, op, value })) };
}

/**
 * A label that is absent counts as empty. Regular expressions match whole values, in time that grows with pattern × value and no more: whoever may
 * type one cannot hold Opsroom up with it. One that {@link parseMatchers} would refuse matches nothing.
 */
export function matchesAll(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matches(Object.hasOwn(labels, matcher.name) ? (labels[matcher.name] ?? "") : "", matcher));
}

function matches(label: string, { op, value }: Matcher): boolean {
  switch (op) {
    case "=":
      return label === value;
    case "!=":
      return label !== value;
    case "=~":
      return regexMatches(value, label) === true;
    case "!~":
      return regexMatches(value, label) === false;
    default:
      return op satisfies never;
  }
}

export function isRegex(op: Matcher["op"]): boolean {
  return op === "=~" || op === "!~";
}

/** As it is typed, quoted where it must be: every Alertmanager's parser reads the same from it, whatever its mode. */
export function showMatcher({ name, op, value }: Matcher): string {
  return `${/^[a-zA-Z_:][a-zA-Z0-9_:]*$/u.test(name) ? name : quoted(name)}${op}${quoted(value)}`;
}

/** `{a="b",c=~"d"}` */
export function showMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(showMatcher).join(", ")}}`;
}

/** Only the escapes that Go, OpenMetrics and JSON agree on. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`;
}
