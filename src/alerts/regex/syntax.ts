/** Regular expressions as RE2 (Go's `regexp`) writes them, read into a tree. https://github.com/google/re2/wiki/Syntax */

import { charsOf, compiles, literal, posixSets, setLiteral } from "./characters.ts";

export type Node =
  /** One character that `test` says yes to. */
  | { readonly kind: "char"; readonly test: (char: string) => boolean }
  | { readonly kind: "all"; readonly parts: readonly Node[] }
  | { readonly kind: "any"; readonly parts: readonly Node[] }
  /** `most` undefined: without end. */
  | { readonly kind: "repeat"; readonly part: Node; readonly least: number; readonly most: number | undefined }
  | { readonly kind: "at"; readonly place: "start" | "end" | "boundary" | "inside" };

/** What cannot be read; the message completes “the regular expression …”. */
export class RegexMistake extends Error {}

export interface Flags {
  readonly i: boolean;
  readonly s: boolean;
}

/** As in RE2. */
const mostRepeats = 1000;
const deepest = 100;
const braces = /^\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/u;

/** @throws RegexMistake */
export function parseRegex(pattern: string): Node {
  const parser = new Parser(pattern);
  return parser.whole();
}

class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  whole(): Node {
    const node = this.#alternatives({ i: false, s: false });
    if (this.#at < this.#chars.length) throw new RegexMistake("closes a ) that is not open");
    return node;
  }

  #alternatives(flags: Flags): Node {
    this.#depth += 1;
    if (this.#depth > deepest) throw new RegexMistake("is nested too deeply");
    const parts: Node[] = [];
    let inForce = flags;
    do {
      const sequence: Node[] = [];
      while (this.#at < this.#chars.length && this.#peek() !== "|" && this.#peek() !== ")") {
        const set = this.#flagsAlone(inForce);
        if (set === undefined) sequence.push(this.#repeated(inForce));
        else inForce = set;
      }
      parts.push({ kind: "all", parts: sequence });
    } while (this.#take("|"));
    this.#depth -= 1;
    const [only, ...others] = parts;
    return only !== undefined && others.length === 0 ? only : { kind: "any", parts };
  }

  /** `(?i)`: for the rest of the group. */
  #flagsAlone(flags: Flags): Flags | undefined {
    const [all, on] = /^\(\?([imsU]*(?:-[imsU]+)?)\)/u.exec(this.#ahead(12)) ?? [];
    if (all === undefined || on === undefined) return undefined;
    this.#at += all.length;
    return withFlags(flags, on);
  }

  #repeated(flags: Flags): Node {
    const part = this.#atom(flags);
    const range = this.#quantifier();
    if (range === undefined) return part;
    // Lazy or not is no difference to whether the whole matches.
    this.#take("?");
    if (this.#quantifier() !== undefined) throw new RegexMistake("repeats a repetition: put it in ( )");
    return { kind: "repeat", part, ...range };
  }

  #quantifier(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.#take("*")) return { least: 0, most: undefined };
    if (this.#take("+")) return { least: 1, most: undefined };
    if (this.#take("?")) return { least: 0, most: 1 };
    const [all, from = "", comma, to] = braces.exec(this.#ahead(14)) ?? [];
    if (all === undefined) return undefined;
    this.#at += all.length;
    const least = Number(from);
    const most = comma === undefined ? least : to === undefined ? undefined : Number(to);
    if (least > mostRepeats || (most ?? 0) > mostRepeats || (most !== undefined && most < least))
      throw new RegexMistake(`has ${all}: up to ${mostRepeats} repetitions are allowed, the smaller number first`);
    return { least, most };
  }

  #quantifierAhead(): boolean {
    return braces.test(this.#ahead(14));
  }

  #atom(flags: Flags): Node {
    if (this.#quantifierAhead()) throw new RegexMistake("has a { } with nothing before it to repeat");
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(flags);
      case "[":
        return this.#set(flags);
      case ".":
        return { kind: "char", test: (each) => flags.s || each !== "\n" };
      case "^":
        return { kind: "at", place: "start" };
      case "$":
        return { kind: "at", place: "end" };
      case "*":
      case "+":
      case "?":
        throw new RegexMistake(`has a ${char} with nothing before it to repeat; a shell's ${char} is .* here`);
      case "\\":
        return this.#escape(flags);
      default:
        return literal(char, flags);
    }
  }

  #group(flags: Flags): Node {
    const [all, name, set] = /^\?(?:P?<(\w+)>|([imsU]*(?:-[imsU]+)?):)/u.exec(this.#ahead(80)) ?? [];
    if (all !== undefined) this.#at += all.length;
    else if (this.#peek() === "?") throw new RegexMistake("has a group that Alertmanager does not know: it looks neither ahead nor behind");
    const inside = this.#alternatives(name === undefined && set !== undefined ? withFlags(flags, set) : flags);
    if (!this.#take(")")) throw new RegexMistake("opens a ( that is not closed");
    return inside;
  }

  #escape(flags: Flags): Node {
    const char = this.#next();
    switch (char) {
      case "A":
        return { kind: "at", place: "start" };
      case "z":
        return { kind: "at", place: "end" };
      case "b":
        return { kind: "at", place: "boundary" };
      case "B":
        return { kind: "at", place: "inside" };
      default:
        return charsOf(this.#escapedSet(char), flags);
    }
  }

  /** What stands behind a backslash, as a part of JavaScript's `[…]`. */
  #escapedSet(char: string): string {
    if (/[dDwW]/u.test(char)) return `\\${char}`;
    // RE2's white space is ASCII's.
    if (char === "s") return "\\t\\n\\f\\r ";
    if (char === "S") return "\\u{0}-\\u{8}\\u{b}\\u{e}-\\u{1f}\\u{21}-\\u{10ffff}";
    if (/[nrtfv]/u.test(char)) return `\\${char}`;
    if (char === "a") return "\\u{7}";
    if (char === "p" || char === "P") return this.#property(char);
    if (char === "x") return this.#hexadecimal();
    if (/[1-9]/u.test(char)) throw new RegexMistake(`has \\${char}: Alertmanager knows no references to groups`);
    if (/^[!-/:-@[-`{-~]$/u.test(char)) return setLiteral(char);
    throw new RegexMistake(char === "" ? "ends with a \\" : `has \\${char}, which Alertmanager does not know`);
  }

  #property(letter: string): string {
    const [all, braced, one] = /^(?:\{(\^?\w+)\}|(\w))/u.exec(this.#ahead(40)) ?? [];
    const name = braced ?? one ?? "";
    if (all !== undefined) this.#at += all.length;
    for (const property of [name, `Script=${name}`]) {
      const set = `\\${letter}{${property}}`;
      if (compiles(set)) return set;
    }
    throw new RegexMistake(`has \\${letter}{${name}}, which is no class of characters`);
  }

  #hexadecimal(): string {
    const [all, braced, two] = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/u.exec(this.#ahead(10)) ?? [];
    const point = Number.parseInt(braced ?? two ?? "", 16);
    if (all === undefined || !(point <= 0x10ffff)) throw new RegexMistake("has \\x without two hexadecimal digits");
    this.#at += all.length;
    return `\\u{${point.toString(16)}}`;
  }

  /** `[a-z[:digit:]\d]` */
  #set(flags: Flags): Node {
    const negated = this.#take("^");
    let set = "";
    for (let first = true; ; first = false) {
      const char = this.#next();
      if (char === "") throw new RegexMistake("opens a [ that is not closed");
      if (char === "]" && !first) break;
      const named = char === "[" ? /^:(\^?)(\w+):\]/u.exec(this.#ahead(14)) : null;
      if (named !== null) {
        const [all, not, name = ""] = named;
        this.#at += all.length;
        const posix = posixSets[name];
        if (posix === undefined || not !== "") throw new RegexMistake(`has [${all}, which is no class of characters that is known here`);
        set += posix;
      } else if (char === "-") set += this.#peek() === "]" || first ? "\\-" : "-";
      else set += char === "\\" ? this.#escapedSet(this.#next()) : setLiteral(char);
    }
    if (!compiles(set)) throw new RegexMistake("has a [ ] whose range goes backwards or has no end");
    return charsOf(set, flags, negated);
  }

  #ahead(count: number): string {
    return this.#chars.slice(this.#at, this.#at + count).join("");
  }

  #peek(): string {
    return this.#chars[this.#at] ?? "";
  }

  #next(): string {
    const char = this.#peek();
    if (char !== "") this.#at += 1;
    return char;
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }
}

function withFlags(flags: Flags, text: string): Flags {
  const [on = "", off = ""] = text.split("-");
  if (text.includes("m")) throw new RegexMistake("has the flag m: a label is taken as one line");
  return { i: (flags.i || on.includes("i")) && !off.includes("i"), s: (flags.s || on.includes("s")) && !off.includes("s") };
}
