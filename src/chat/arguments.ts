/** Binds typed words to a command's schema, or says in one line what is wrong with them. */
import type * as z from "zod";
import { suggestion } from "./nearest.ts";
import type { Word } from "./parse.ts";
import { parametersOf, usageOf, type Described, type Parameter } from "./usage.ts";

export type Bound<Args> = { readonly kind: "args"; readonly args: Args } | { readonly kind: "help" } | { readonly kind: "mistake"; readonly text: string };

/** Values as typed, by key; the schema makes numbers and durations of them. */
export function bindArguments<Args>(command: Described & { readonly args: z.ZodType<Args> }, words: readonly Word[]): Bound<Args> {
  const parameters = parametersOf(command);
  const places = parameters.filter((each) => each.kind === "word");
  const flags = parameters.filter((each) => each.kind !== "word");
  const values: Record<string, string | boolean> = {};
  const mistake = (text: string): Bound<Args> => ({ kind: "mistake", text });
  let place = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (!word.quoted && (word.text === "--help" || word.text === "-h")) return { kind: "help" };
    const rest = command.rest === undefined || place < places.length - 1 ? undefined : places.at(-1);
    if (rest !== undefined && !isFlagOf(flags, word)) {
      const before = values[rest.key];
      values[rest.key] = typeof before === "string" ? `${before} ${word.raw ?? word.text}` : (word.raw ?? word.text);
      continue;
    }
    if (word.quoted || !/^(--.|-\p{L})/u.test(word.text)) {
      const parameter = places[place];
      if (parameter === undefined) return mistake(`“${clip(word.text)}” is one word too many. Usage: ${usageOf(command)}`);
      values[parameter.key] = word.text;
      place += 1;
      continue;
    }
    const read = readFlag(word.text, flags);
    if (read.kind === "unknown")
      return mistake(
        `!${command.name} has no ${clip(read.flag)}.${suggestion(
          read.name,
          flags.map((each) => each.key),
          "--",
        )}`,
      );
    if (Object.hasOwn(values, read.parameter.key)) return mistake(`--${read.parameter.key} is there twice.`);
    if (read.parameter.kind === "switch") {
      if (read.value !== undefined) return mistake(`--${read.parameter.key} takes no value.`);
      values[read.parameter.key] = true;
      continue;
    }
    if (read.value === undefined) at += 1;
    const value = read.value ?? words[at]?.text;
    if (value === undefined) return mistake(`--${read.parameter.key} needs a value.`);
    values[read.parameter.key] = value;
  }
  const parsed = command.args.safeParse(values);
  if (parsed.success) return { kind: "args", args: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  return mistake(
    where !== "" && !Object.hasOwn(values, where)
      ? `${where} is missing. Usage: ${usageOf(command)}`
      : `${where}: ${issue?.message ?? "not understood"}. Usage: ${usageOf(command)}`,
  );
}

/** Among words that are text, only what the command has is a flag. */
function isFlagOf(flags: readonly Parameter[], { text, quoted }: Word): boolean {
  return !quoted && /^--./u.test(text) && readFlag(text, flags).kind === "flag";
}

type ReadFlag =
  | { readonly kind: "unknown"; readonly flag: string; readonly name: string }
  | { readonly kind: "flag"; readonly parameter: Parameter; readonly value: string | undefined };

function readFlag(text: string, flags: readonly Parameter[]): ReadFlag {
  const [flag = "", ...rest] = text.split("=");
  const name = flag.replace(/^--?/u, "");
  const parameter = flags.find((each) => each.key === name);
  if (parameter === undefined) return { kind: "unknown", flag, name };
  return { kind: "flag", parameter, value: text.includes("=") ? rest.join("=") : undefined };
}

/** What somebody typed is repeated to them, but never at length. */
function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
