/** The `filter` parameter of the API, in the grammar of Alertmanager 0.25: one matcher each, no braces, no quoted names. Pure. */
import { parseMatchers, showMatcher, type Matcher } from "../../alerts/matcher.ts";
import { Refusal } from "./refusal.ts";

/** @throws {Refusal} 400 with what Alertmanager says */
export function parseFilter(text: string): Matcher {
  const [, name, op, raw = ""] = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/u.exec(text) ?? [];
  if (name === undefined || !isOperator(op)) throw new Refusal(400, `bad matcher format: ${text}`);
  const value = unquoted(raw);
  const matcher = { name, op, value };
  if (!isUsable(matcher)) throw new Refusal(400, `error parsing regexp: \`^(?:${value})$\``);
  return matcher;
}

/** Whether its value, where it is a pattern, is one. */
export function isUsable(matcher: Matcher): boolean {
  return parseMatchers(showMatcher(matcher)).ok;
}

const operators: readonly string[] = ["=", "!=", "=~", "!~"] satisfies readonly Matcher["op"][];
const isOperator = (op: string | undefined): op is Matcher["op"] => op !== undefined && operators.includes(op);

function unquoted(raw: string): string {
  const opened = raw.startsWith('"');
  const body = opened ? raw.slice(1) : raw;
  const [, inside = "", end] = /^((?:[^"\\]|\\[\s\S]?)*)("?)$/u.exec(body) ?? [];
  if (end === undefined || (end === '"') !== opened) throw new Refusal(400, `matcher value contains unescaped double quote: ${raw}`);
  // Only these three are escapes; any other backslash stands for itself.
  return inside.replaceAll(/\\([\\"n])/gu, (_, char: string) => (char === "n" ? "\n" : char));
}
