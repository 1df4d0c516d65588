/** From what somebody typed to words. Never throws: whatever is typed has an answer. */

export interface Word {
  readonly text: string;
  /** A quoted word is never a flag. */
  readonly quoted: boolean;
  /** As it was typed, quotes and all; absent where that is `text`. For commands that have a grammar of their own. */
  readonly raw?: string;
}

export type Typed =
  /** No command: talk between people. */
  | { readonly kind: "talk" }
  | { readonly kind: "command"; readonly name: string; readonly words: readonly Word[] }
  | { readonly kind: "unclosed"; readonly name: string; readonly quote: string };

/** Longest text that is looked at, in UTF-16 units: a command is short, a longer one is talk. */
const longestCommand = 4000;
const quotes: Readonly<Record<string, string>> = { '"': '"', "'": "'", "“": "”", "„": "“", "«": "»" };

/** Whether `text` would be read as a command. Cheap: it is asked of every message of the room. */
export function looksLikeCommand(text: string): boolean {
  return text.length <= longestCommand && /^\s*!\p{L}/u.test(text);
}

/** `!name word "two words" --flag value`. Phones make `—` of `--` and “ of ": both are understood. */
export function parseTyped(text: string): Typed {
  if (!looksLikeCommand(text)) return { kind: "talk" };
  const [, name = "", rest = ""] = /^\s*!(\S+)([^]*)$/u.exec(text) ?? [];
  const words: Word[] = [];
  let word: { text: string; quoted: boolean; raw: string } | undefined;
  let closing: string | undefined;
  let opening = "";
  for (const char of rest) {
    if (closing !== undefined) {
      word = { text: (word?.text ?? "") + (char === closing ? "" : char), quoted: true, raw: (word?.raw ?? "") + char };
      if (char === closing) closing = undefined;
    } else if (Object.hasOwn(quotes, char) && word === undefined) {
      closing = quotes[char];
      opening = char;
      word = { text: "", quoted: true, raw: char };
    } else if (/\s/u.test(char)) {
      if (word !== undefined) words.push(finished(word));
      word = undefined;
    } else {
      word = { text: (word?.text ?? "") + char, quoted: word?.quoted ?? false, raw: (word?.raw ?? "") + char };
    }
  }
  if (closing !== undefined) return { kind: "unclosed", name: name.toLowerCase(), quote: opening };
  if (word !== undefined) words.push(finished(word));
  return { kind: "command", name: name.toLowerCase(), words };
}

function finished({ text, quoted, raw }: Required<Word>): Word {
  return quoted ? { text, quoted, raw } : { text: text.replace(/^—/u, "--"), quoted };
}
