import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { importsBelow, importsOf, type Import } from "./imports.ts";

interface Layer {
  readonly name: string;
  readonly mayImport: ReadonlySet<string>;
  readonly typesOf: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

const page = await readFile("docs/architecture.md", "utf8");
const layers = new Map(
  [...(/^## Layers$(?<section>[^]*)/mu.exec(page)?.groups?.["section"] ?? "").matchAll(/^\| (?<cells>[^|\n]+(?:\|[^|\n]*){4})\|$/gmu)]
    .slice(1)
    .filter((match) => !/^[\s|-]*$/u.test(match.groups?.["cells"] ?? ""))
    .map((match): Layer => {
      const [name = "", , mayImport = "", typesOf = "", packages = ""] = (match.groups?.["cells"] ?? "").split("|").map((cell) => cell.trim());
      const names = (cell: string): ReadonlySet<string> => new Set(cell.split(", ").filter((each) => each !== ""));
      return { name, mayImport: names(mayImport), typesOf: names(typesOf), packages: names(packages) };
    })
    .map((layer) => [layer.name, layer]),
);
const imports = await importsBelow("src");

/** `src/chat/render/text.ts` is of `chat`; `src/ids.ts` of `base`; `main.ts` is the composition root. */
function layerOf(file: string): string {
  const [, folder = "", ...rest] = file.split("/");
  if (rest.length > 0) return folder;
  return { "cli.ts": "cli", "main.ts": "process" }[folder] ?? "base";
}

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const from = layers.get(layerOf(file));
  if (from === undefined) return false;
  if (target.kind === "package") {
    const name = target.name.startsWith("node:") ? "node" : target.name;
    return from.packages.has(name);
  }
  if (!target.file.startsWith("src/")) return target.file === "package.json";
  const to = layerOf(target.file);
  return to === from.name || from.mayImport.has("everything") || from.mayImport.has(to) || (typeOnly && from.typesOf.has(to));
}

describe("the layer table of docs/architecture.md", () => {
  test("has every folder of src/, and no other", () => {
    expect([...layers.keys()].toSorted()).toEqual([...new Set(imports.map(({ file }) => layerOf(file)))].toSorted());
  });

  test("allows every import that there is", () => {
    const wrong = imports.filter((each) => !isAllowed(each)).map(({ file, specifier, typeOnly }) => `${file}: ${typeOnly ? "type " : ""}${specifier}`);
    expect(wrong).toEqual([]);
  });

  test("allows nothing that is not used, so that it stays as narrow as it can be", () => {
    const used = (layer: string, what: string): boolean =>
      imports.some(({ file, target }) => {
        if (layerOf(file) !== layer) return false;
        return target.kind === "package" ? (target.name.startsWith("node:") ? "node" : target.name) === what : layerOf(target.file) === what;
      });
    const idle = [...layers.values()].flatMap(({ name, mayImport, typesOf, packages }) =>
      [...mayImport, ...typesOf, ...packages].filter((what) => what !== "everything" && what !== "base" && !used(name, what)).map((what) => `${name}: ${what}`),
    );
    expect(idle).toEqual([]);
  });

  test.each([
    ["matrix-bot-sdk", ["matrix"]],
    ["@kubernetes/client-node", ["kubernetes"]],
    ["kysely", ["store"]],
    ["pg", ["store"]],
    ["better-sqlite3", ["store"]],
  ])("lets %s into %j alone", (name, folders) => {
    expect([...layers.values()].filter(({ packages }) => packages.has(name)).map((layer) => layer.name)).toEqual(folders);
  });
});

test("reading imports understands the forms that are used", () => {
  const text = [
    'import { a, type B } from "./b.ts";',
    'import type { C } from "../ids.ts";',
    "import {",
    "  type D,",
    "  type E,",
    '} from "zod";',
    'export type { F } from "./f.ts";',
    'import manifest from "../package.json" with { type: "json" };',
    'const later = await import("@kubernetes/client-node");',
    '/** An example: `import { x } from "y"` */',
  ].join("\n");
  expect(importsOf("src/chat/a.ts", text).map(({ target, typeOnly }) => [target.kind === "file" ? target.file : target.name, typeOnly])).toEqual([
    ["src/chat/b.ts", false],
    ["src/ids.ts", true],
    ["zod", true],
    ["src/chat/f.ts", true],
    ["src/package.json", false],
    ["@kubernetes/client-node", false],
  ]);
});
