/**
 * The grammar of matchers: what both of Alertmanager's parsers (`matcher/parse`, and the older `pkg/labels`, which takes unquoted values more freely) read
 * alike, and each one's own where the other refuses. What they would read differently, or silently not as it was meant, is a mistake here.
 */
import type { Matcher } from "./matcher.ts";

export type ReadMatchers =
  { readonly ok: true; readonly matchers: readonly (Matcher & { readonly at: number })[] } | { readonly ok: false; readonly mistake: string };

const longest = 10_000;
const allowed = 'name="value", with = or != or =~ or !~, separated by commas';

export function readMatchers(text: string): ReadMatchers {
  if (text.length > longest) return { ok: false, mistake: `longer than ${longest} characters` };
  try {
    return { ok: true, matchers: [...new Reader(text).matchers()] };
  } catch (error) {
    if (error instanceof Mistake) return { ok: false, mistake: error.message };
    throw error;
  }
}

class Mistake extends Error {}

class Reader {
  /** By code point, so that a position is what people count. */
  readonly #chars: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#chars = Array.from(text);
  }

  *matchers(): Generator<Matcher & { readonly at: number }> {
    this.#skipSpace();
    const braced = this.#take("{");
    let count = 0;
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#chars.length || (braced && this.#peek() === "}")) break;
      yield this.#matcher(braced);
      count += 1;
      this.#skipSpace();
      if (!this.#take(",")) break;
    }
    if (braced && !this.#take("}")) this.#fail(this.#at < this.#chars.length ? "a comma or } is expected" : "the closing } is missing");
    this.#skipSpace();
    if (this.#at < this.#chars.length) this.#fail(this.#peek() === "}" ? "} without {" : "a comma is expected");
    if (count === 0) this.#fail(`there is no matcher; allowed is ${allowed}`);
  }

  #matcher(braced: boolean): Matcher & { readonly at: number } {
    const at = this.#at + 1;
    const name = this.#peek() === '"' ? this.#quoted() : this.#run((char) => !/[\s{}!=~,\\"'`]/u.test(char));
    if (name === "") this.#fail(`a label's name is expected; allowed is ${allowed}`);
    this.#skipSpace();
    const op = this.#operator(name);
    this.#skipSpace();
    return { at, name, op, value: this.#peek() === '"' ? this.#quoted() : this.#unquoted(braced) };
  }

  #operator(name: string): Matcher["op"] {
    const two = `${this.#peek()}${this.#chars[this.#at + 1] ?? ""}`;
    if (two === "=~" || two === "!=" || two === "!~") {
      this.#at += 2;
      if (two === "!=" && this.#peek() === "~") this.#fail("!=~ is no operator; !~ is");
      return two;
    }
    if (!this.#take("=")) this.#fail(`after ${name} one of = != =~ !~ is expected`);
    if (this.#peek() === "=") this.#fail("== is no operator; = is");
    return "=";
  }

  /** Up to the comma, as the older parser takes it; its escapes are `\\`, `\"` and `\n`, other backslashes stay. */
  #unquoted(braced: boolean): string {
    const raw = this.#run((char) => !/[,{}"]/u.test(char)).trimEnd();
    const next = this.#peek();
    if (next === '"' || next === "{" || (next === "}" && !braced)) this.#fail(`a value with ${next} in it must be in double quotes`);
    if (/^['`‘’“”„«]/u.test(raw)) this.#fail("a value's quotes are double ones: \"");
    if (/^[=!~]/u.test(raw)) this.#fail("a value is expected; one that begins with = ! or ~ must be in double quotes");
    if (/\s[^\s=!~]+\s*(=~|!=|!~|=)/u.test(raw)) this.#fail("a comma is expected between matchers; a value with spaces and = in it must be in double quotes");
    return looseEscapes(raw);
  }

  #quoted(): string {
    const from = this.#at;
    this.#at += 1;
    let raw = "";
    for (;;) {
      const char = this.#chars[this.#at];
      if (char === undefined) {
        this.#at = from;
        this.#fail('this " is not closed');
      }
      this.#at += 1;
      if (char === '"') break;
      raw += char;
      if (char !== "\\") continue;
      raw += this.#chars[this.#at] ?? "";
      this.#at += 1;
    }
    return goEscapes(raw) ?? looseEscapes(raw);
  }

  #run(wanted: (char: string) => boolean): string {
    const from = this.#at;
    while (this.#at < this.#chars.length && wanted(this.#peek())) this.#at += 1;
    return this.#chars.slice(from, this.#at).join("");
  }

  #peek(): string {
    return this.#chars[this.#at] ?? "";
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    this.#run((char) => /\s/u.test(char));
  }

  #fail(what: string): never {
    throw new Mistake(`character ${this.#at + 1}: ${what}`);
  }
}

const simple: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", '"': '"' };
const goEscape = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]|$))/gu;

/** A Go string's escapes. `undefined` when one is none of Go's (`\d`, `\.`): then the older parser's rules hold for the whole text. */
function goEscapes(raw: string): string | undefined {
  let known = true;
  const code = (digits: string, base: number): string => {
    const point = Number.parseInt(digits, base);
    // Bytes that are no character by themselves, halves of pairs and what is beyond Unicode are no text.
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) known = false;
    return known ? String.fromCodePoint(point) : "";
  };
  const text = raw.replaceAll(goEscape, (_all, letter?: string, hex?: string, octal?: string, four?: string, eight?: string) => {
    if (letter !== undefined) return simple[letter] ?? "";
    if (octal !== undefined) return Number.parseInt(octal, 8) < 128 ? code(octal, 8) : ((known = false), "");
    if (hex !== undefined) return Number.parseInt(hex, 16) < 128 ? code(hex, 16) : ((known = false), "");
    const digits = four ?? eight;
    if (digits !== undefined) return code(digits, 16);
    known = false;
    return "";
  });
  return known ? text : undefined;
}

/** `\\`, `\"` and `\n`; any other backslash is itself. */
function looseEscapes(raw: string): string {
  return raw.replaceAll(/\\([n"\\])/gu, (_all, char: string) => (char === "n" ? "\n" : char));
}
