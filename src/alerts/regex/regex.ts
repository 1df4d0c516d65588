/**
 * Whether a whole text matches a regular expression of RE2's kind, by walking all ways at once: the time is bounded by pattern × text, so that no pattern
 * that somebody types and no label that somebody sends takes longer. JavaScript's own engine tries one way after the other, and can take for ever.
 */
import { parseRegex, RegexMistake, type Node } from "./syntax.ts";

const longestPattern = 1000;
const mostSteps = 4000;
/** A label that is longer matches no regular expression and is not refused by one: nobody means such a one. */
const longestText = 8192;

/** What is wrong with it, to complete “the regular expression …”; `undefined` when it can be used. */
export function regexMistake(pattern: string): string | undefined {
  const program = programOf(pattern);
  return typeof program === "string" ? program : undefined;
}

/** `undefined` when the pattern cannot be used. */
export function regexMatches(pattern: string, text: string): boolean | undefined {
  const program = programOf(pattern);
  return typeof program === "string" ? undefined : text.length <= longestText && run(program, Array.from(text));
}

type Step =
  | { readonly kind: "char"; readonly test: (char: string) => boolean }
  | { readonly kind: "at"; readonly place: Extract<Node, { readonly kind: "at" }>["place"] }
  /** Goes on at each of these. */
  | { readonly kind: "split"; readonly to: readonly number[] };

type Program = readonly Step[];

const programs = new Map<string, Program | string>();
const mostPrograms = 500;

function programOf(pattern: string): Program | string {
  const known = programs.get(pattern);
  if (known !== undefined) return known;
  const made = make(pattern);
  if (programs.size >= mostPrograms) programs.clear();
  programs.set(pattern, made);
  return made;
}

function make(pattern: string): Program | string {
  if (pattern.length > longestPattern) return `is longer than ${longestPattern} characters`;
  try {
    const steps: Step[] = [];
    write(parseRegex(pattern), steps);
    return steps;
  } catch (error) {
    if (error instanceof RegexMistake) return error.message;
    throw error;
  }
}

/** Appends what matches `node` and then goes on behind itself. */
function write(node: Node, steps: Step[]): void {
  if (steps.length > mostSteps) throw new RegexMistake("repeats too much");
  switch (node.kind) {
    case "char":
    case "at":
      steps.push(node);
      return;
    case "all":
      for (const part of node.parts) write(part, steps);
      return;
    case "any":
      writeAny(node.parts, steps);
      return;
    case "repeat":
      writeRepeat(node, steps);
      return;
    default:
      node satisfies never;
  }
}

function writeAny(parts: readonly Node[], steps: Step[]): void {
  const split = steps.push({ kind: "split", to: [] }) - 1;
  const starts: number[] = [];
  const jumps: number[] = [];
  for (const part of parts) {
    starts.push(steps.length);
    write(part, steps);
    jumps.push(steps.push({ kind: "split", to: [] }) - 1);
  }
  steps[split] = { kind: "split", to: starts };
  for (const jump of jumps) steps[jump] = { kind: "split", to: [steps.length] };
}

function writeRepeat({ part, least, most }: Extract<Node, { readonly kind: "repeat" }>, steps: Step[]): void {
  for (let count = 0; count < least; count += 1) {
    const before = steps.length;
    write(part, steps);
    // Nothing, however often, is nothing: `((){1000}){1000}`.
    if (steps.length === before) return;
  }
  if (most === undefined) {
    const split = steps.push({ kind: "split", to: [] }) - 1;
    write(part, steps);
    steps.push({ kind: "split", to: [split] });
    steps[split] = { kind: "split", to: [split + 1, steps.length] };
    return;
  }
  const splits: number[] = [];
  for (let count = least; count < most; count += 1) {
    splits.push(steps.push({ kind: "split", to: [] }) - 1);
    write(part, steps);
  }
  for (const split of splits) steps[split] = { kind: "split", to: [split + 1, steps.length] };
}

function run(program: Program, text: readonly string[]): boolean {
  const seen = new Int32Array(program.length + 1).fill(-1);
  let here: number[] = [];
  /** Puts the steps that wait for a character, reachable from `from` without one. */
  const reach = (from: number, at: number, into: number[]): void => {
    const open = [from];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen[next] === at) continue;
      seen[next] = at;
      const step = program[next];
      if (step?.kind === "split") open.push(...step.to);
      else if (step?.kind === "at") {
        if (isAt(step.place, text, at)) open.push(next + 1);
      } else into.push(next);
    }
  };
  reach(0, 0, here);
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    const there: number[] = [];
    for (const place of here) {
      const step = program[place];
      if (step?.kind === "char" && step.test(char)) reach(place + 1, at + 1, there);
    }
    if (there.length === 0) return false;
    here = there;
  }
  return here.includes(program.length);
}

function isAt(place: Extract<Node, { readonly kind: "at" }>["place"], text: readonly string[], at: number): boolean {
  if (place === "start") return at === 0;
  if (place === "end") return at === text.length;
  const isWord = (char: string | undefined): boolean => char !== undefined && /^\w$/u.test(char);
  return (isWord(text[at - 1]) !== isWord(text[at])) === (place === "boundary");
}
