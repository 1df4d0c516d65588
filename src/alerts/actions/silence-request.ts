/** `MATCHERS DURATION COMMENT…` as people type it, on phones too. Pure. */
import { matchesAll, parseMatchers, type Matcher } from "../matcher.ts";
import type { Preview } from "./preview.ts";
import { silenceDuration } from "./silence-time.ts";

export type SilenceRequest =
  | { readonly ok: true; readonly matchers: readonly Matcher[]; readonly forMs: number; readonly comment: string }
  | { readonly ok: false; readonly mistake: string };

/** A word alone is an alert's name; phones' quotes are quotes; matchers may be separated by spaces. */
export function parseSilenceRequest(text: string): SilenceRequest {
  const words = wordsOf(straightQuotes(text.trim()));
  const at = words.findIndex(
    (_word, index) => index > 0 && silenceDuration(durationAt(words, index).text) !== undefined && !/[=~,!]$/u.test(words[index - 1] ?? ""),
  );
  const found = at < 0 ? undefined : durationAt(words, at);
  const forMs = found === undefined ? undefined : silenceDuration(found.text);
  if (found === undefined || forMs === undefined)
    return { ok: false, mistake: 'say for how long, from 1m to 90d, behind the matchers: !silence alertname="NodeDown" 2h why' };
  const typed = parseTypedMatchers(words.slice(0, at).join(" "));
  if (!typed.ok) return typed;
  const comment = words
    .slice(at + found.words)
    .join(" ")
    .replace(/^"([^"]*)"$/u, "$1");
  return { ok: true, matchers: typed.matchers, forMs, comment };
}

/** Matchers as typed in a room: also without commas, wholly in quotes, or an alert's bare name. */
export function parseTypedMatchers(text: string): ReturnType<typeof parseMatchers> {
  const straight = straightQuotes(text.trim());
  const [, inside] = /^"((?:[^"\\]|\\.)*)"$/u.exec(straight) ?? [];
  if (inside !== undefined) return parseTypedMatchers(inside);
  if (/^[^\s{}!=~,"]+$/u.test(straight)) return { ok: true, matchers: [{ name: "alertname", op: "=", value: straight }] };
  return parseMatchers(withCommas(straight));
}

/** Why somebody should look twice, in words; none when it is plain what is meant. */
export function doubtsAbout(matchers: readonly Matcher[], { alerts, groups }: Preview): readonly string[] {
  return [
    ...(alerts === 0 ? ["nothing that fires now matches"] : []),
    ...(groups.length > 1 ? [`it mutes ${groups.length} groups`] : []),
    ...(matchers.some(({ op, value }) => op === "=" && value !== "") ? [] : ["no matcher says what it is, only what it is like or is not"]),
  ];
}

/** Alertmanager refuses what matches alerts without any label, that is everything. */
export function matchesEverything(matchers: readonly Matcher[]): boolean {
  return matchesAll({}, matchers);
}

const doubleQuotes = /[“”„‟«»]/gu;

/** Double quotes for phones' ones, and for single ones around a value. */
export function straightQuotes(text: string): string {
  return text.replaceAll(doubleQuotes, '"').replaceAll(/([=~]\s*)['‘‚`]([^'‘’`"]*)['’‘`]/gu, '$1"$2"');
}

/** White space outside of quotes and braces ends a word. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*\}|(?:"(?:[^"\\]|\\.)*"|[^\s"]|")+/gu) ?? [];
}

/** `2h`, and `2 hours`, `1h 30m`. */
function durationAt(words: readonly string[], at: number): { readonly text: string; readonly words: number } {
  const one = words[at] ?? "";
  const two = `${one}${words[at + 1] ?? ""}`;
  if (/^\d+$/u.test(one)) return { text: two, words: 2 };
  return /^\d/u.test(words[at + 1] ?? "") && silenceDuration(two) !== undefined ? { text: two, words: 2 } : { text: one, words: 1 };
}

/** `a=b c=d` is two matchers: a comma is put where a word begins with a name and an operator, and nothing before it waits for a value. */
function withCommas(text: string): string {
  return text.startsWith("{")
    ? text
    : wordsOf(text).reduce((all, word) => `${all}${isMatcher(word) && all !== "" && !/[,=~]$/u.test(all) ? "," : ""}${all === "" ? "" : " "}${word}`, "");
}

function isMatcher(word: string): boolean {
  return /^(?:[^\s{}!=~,"]+|"(?:[^"\\]|\\.)*")(?:=~|!=|!~|=)/u.test(word);
}
