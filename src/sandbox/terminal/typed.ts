/** What a line typed at the chat prompt means. Pure. */
import type { Labels } from "../../alerts/delivery.ts";

export type Typed =
  | { readonly kind: "nothing" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "as"; readonly name: string }
  /** Without a number: the bot's newest message. */
  | { readonly kind: "react"; readonly number: number | undefined; readonly emoji: string }
  | { readonly kind: "thread"; readonly number: number; readonly text: string }
  | { readonly kind: "fire"; readonly name: string | undefined; readonly labels: Labels }
  /** Without a name: everything that fires. */
  | { readonly kind: "resolve"; readonly name: string | undefined }
  | { readonly kind: "storm"; readonly groups: number | undefined }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  | { readonly kind: "wrong"; readonly say: string };

export const promptHelp: readonly string[] = [
  "Type a message, for example !help or !status. Besides:",
  "  /as NAME          be somebody else; a name nobody knows is a stranger",
  "  /react N EMOJI    react to message N; without N to the bot's newest: /react 👀",
  "  /thread N TEXT    answer in the thread of message N",
  "  /fire NAME a=b …  an alert begins, with these labels; without NAME one of those at hand",
  "  /resolve NAME     it ends; without NAME all that fire end",
  "  /storm N          N groups of ten alerts at once, 50 without N",
  "  /help  /quit",
];

const usage = {
  as: "/as NAME",
  react: "/react N EMOJI or /react EMOJI",
  thread: "/thread N TEXT",
  fire: "/fire NAME label=value …",
  storm: "/storm N, 500 at most",
} as const;

export function readTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "say", text };
  const [, verb = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/u.exec(text) ?? [];
  switch (verb) {
    case "as":
      return rest === "" ? wrong("as") : { kind: "as", name: rest };
    case "react":
      return reaction(rest);
    case "thread": {
      const [, digits, tail] = numbered.exec(rest) ?? [];
      return digits === undefined || tail === undefined ? wrong(verb) : { kind: "thread", number: Number(digits), text: tail };
    }
    case "fire":
      return firing(rest);
    case "resolve":
      return { kind: "resolve", name: rest === "" ? undefined : rest };
    case "storm":
      return /^\d{0,3}$/u.test(rest) && Number(rest) <= 500 ? { kind: "storm", groups: rest === "" ? undefined : Number(rest) } : wrong(verb);
    case "help":
      return { kind: "help" };
    case "quit":
    case "exit":
      return { kind: "quit" };
    default:
      return { kind: "wrong", say: `There is no /${verb}. /help says what there is.` };
  }
}

const numbered = /^(\d{1,6})\s+(\S[\s\S]*)$/u;

function reaction(rest: string): Typed {
  const [, digits, emoji] = numbered.exec(rest) ?? [];
  if (digits !== undefined && emoji !== undefined) return { kind: "react", number: Number(digits), emoji };
  return rest === "" || /^\d+$/u.test(rest) ? wrong("react") : { kind: "react", number: undefined, emoji: rest };
}

/** `NAME label=value …`; a value ends at a blank. */
function firing(rest: string): Typed {
  const [first = "", ...others] = rest.split(/\s+/u);
  const pairs = (first.includes("=") ? [first, ...others] : others).map((pair) => /^([a-zA-Z_][a-zA-Z0-9_]*)=(\S+)$/u.exec(pair));
  if (pairs.includes(null)) return wrong("fire");
  const labels = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
  return { kind: "fire", name: first === "" || first.includes("=") ? undefined : first, labels };
}

const wrong = (verb: keyof typeof usage): Typed => ({ kind: "wrong", say: `It is ${usage[verb]}.` });
