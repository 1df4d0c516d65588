/** Sets of characters, as a part of JavaScript's `[…]` with the flag `u`. */
import type { Flags, Node } from "./syntax.ts";

/** `[[:alpha:]]` */
export const posixSets: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\u{0}-\\u{7f}",
  blank: "\\t ",
  cntrl: "\\u{0}-\\u{1f}\\u{7f}",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

export function literal(char: string, flags: Flags): Node {
  return flags.i ? charsOf(setLiteral(char), flags) : { kind: "char", test: (each) => each === char };
}

export function charsOf(set: string, { i }: Flags, negated = false): Node {
  const regex = new RegExp(`^[${negated ? "^" : ""}${set}]$`, i ? "ui" : "u");
  return { kind: "char", test: (each) => regex.test(each) };
}

export function setLiteral(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

export function compiles(set: string): boolean {
  try {
    return new RegExp(`[${set}]`, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
