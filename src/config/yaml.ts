/** YAML text to a value, with the line of everything in it. Its errors are put into our own words: the parser's quote the file. */
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit, type Document, type YAMLError } from "yaml";
import type { Mistake } from "./mistake.ts";
import type { Path } from "./path.ts";

export interface YamlFile {
  readonly value: unknown;
  /** The line of a key (or list entry), from 1; of a missing one: of what ought to hold it. */
  readonly lineOf: (path: Path) => number;
}

/** More are not told: nobody reads them. */
const mostMistakes = 100;

export type YamlResult = { readonly ok: true; readonly file: YamlFile } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Aliases and `<<` are understood; duplicate keys, tags, several documents and what is not YAML are mistakes. */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false, merge: true, logLevel: "error" });
    const wrong = [...document.errors, ...document.warnings].map((error) => inOurWords(error, lines));
    const mistakes = [...wrong, ...repeatedKeys(document, lines)].slice(0, mostMistakes);
    if (mistakes.length > 0) return { ok: false, mistakes: mistakes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
    if (document.contents === null) return { ok: false, mistakes: [{ path: "", line: undefined, found: "an empty file", allowed: "a configuration" }] };
    return { ok: true, file: { value: document.toJS({ maxAliasCount: 100 }), lineOf: (path) => lineAt(document, lines, path) } };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, mistakes: [whole("more levels within one another than can be read", "a few levels")] };
    if (error instanceof ReferenceError)
      return { ok: false, mistakes: [whole("an alias (*name) without its anchor (&name) before it, or far too many", "aliases of anchors")] };
    throw error;
  }
}

function whole(found: string, allowed: string): Mistake {
  return { path: "", line: undefined, found, allowed };
}

const words: Partial<Record<YAMLError["code"], readonly [found: string, allowed: string]>> = {
  TAG_RESOLVE_FAILED: ["a text that begins with ! outside quotes, which is a YAML tag", 'quotes around it, as in "!room:example.org"'],
  BAD_SCALAR_START: ["a text that begins with @ or ` outside quotes", 'quotes around it, as in "@nadia:example.org"'],
  TAB_AS_INDENT: ["a tab at the beginning of the line", "spaces"],
  MULTIPLE_DOCS: ["a second document (---)", "one document"],
  BAD_INDENT: ["an indentation that fits nothing above it", "the same indentation for all keys of one mapping"],
  MULTILINE_IMPLICIT_KEY: ["a line that is neither a key with a value nor a list entry", "key: value, or - entry"],
  NON_STRING_KEY: ["a key that is no text", "a text as the key"],
};

function inOurWords(error: YAMLError, lines: LineCounter): Mistake {
  const [found, allowed] = words[error.code] ?? [`something that is not YAML (${error.code})`, "YAML"];
  return { path: "", line: lines.linePos(error.pos[0]).line, found, allowed };
}

/** Looked for here because the parser compares each key of a mapping with every other: seconds for a long file. */
function repeatedKeys(document: Document, lines: LineCounter): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          mistakes.push({ path: "", line: lines.linePos(offsetOf(key) ?? 0).line, found: "a key for the second time", allowed: "each key once" });
        seen.add(key.value);
      }
    },
  });
  return mistakes;
}

function lineAt(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const segment of path) {
    const step = stepInto(document, node, segment);
    if (step === undefined) break;
    node = step.value;
    offset = step.offset ?? offset;
  }
  return lines.linePos(offset).line;
}

/** Where `segment` of `node` begins, and what it holds. Follows aliases; a key that came by `<<` has no place of its own. */
function stepInto(document: Document, from: unknown, segment: string | number): { readonly offset: number | undefined; readonly value: unknown } | undefined {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === segment);
    return pair === undefined ? undefined : { offset: offsetOf(pair.key), value: pair.value };
  }
  if (!isSeq(node) || typeof segment !== "number" || segment >= node.items.length) return undefined;
  const item = node.items[segment];
  return { offset: offsetOf(item), value: item };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
