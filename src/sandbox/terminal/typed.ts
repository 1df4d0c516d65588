/** What a line typed at the chat prompt means. Pure. */

export type Typed =
  | { readonly kind: "nothing" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "as"; readonly name: string }
  | { readonly kind: "react"; readonly number: number; readonly emoji: string }
  | { readonly kind: "thread"; readonly number: number; readonly text: string }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  | { readonly kind: "wrong"; readonly say: string };

export const promptHelp: readonly string[] = [
  "Type a message, for example !help or !status. Besides:",
  "  /as NAME          be somebody else; a name nobody knows is a stranger",
  "  /react N EMOJI    react to message N",
  "  /thread N TEXT    answer in the thread of message N",
  "  /help  /quit",
];

const usage = { as: "/as NAME", react: "/react N EMOJI", thread: "/thread N TEXT" } as const;

export function readTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "say", text };
  const [, verb = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/u.exec(text) ?? [];
  switch (verb) {
    case "as":
      return rest === "" ? wrong("as") : { kind: "as", name: rest };
    case "react":
    case "thread": {
      const [, digits, tail] = /^(\d{1,6})\s+(\S[\s\S]*)$/u.exec(rest) ?? [];
      if (digits === undefined || tail === undefined) return wrong(verb);
      const number = Number(digits);
      return verb === "react" ? { kind: "react", number, emoji: tail } : { kind: "thread", number, text: tail };
    }
    case "help":
      return { kind: "help" };
    case "quit":
    case "exit":
      return { kind: "quit" };
    default:
      return { kind: "wrong", say: `There is no /${verb}. /help says what there is.` };
  }
}

const wrong = (verb: keyof typeof usage): Typed => ({ kind: "wrong", say: `It is ${usage[verb]}.` });
