/** What each file of src/ imports, read from its text. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

export interface Import {
  /** `src/chat/decide.ts` */
  readonly file: string;
  /** As it is written. */
  readonly specifier: string;
  /** `src/ids.ts` for a file of ours, else the package's name. */
  readonly target: { readonly kind: "file"; readonly file: string } | { readonly kind: "package"; readonly name: string };
  /** `import type`, or nothing but types in the braces: gone when the program runs. */
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\b(?<what>[^;"'`]*?)\bfrom\s+"(?<from>[^"]+)"/gmu;
const bare = /^import\s+"(?<from>[^"]+)"/gmu;
const dynamic = /\bimport\(\s*"(?<from>[^"]+)"\s*\)/gu;

/** Every import of every TypeScript file below `folder`. */
export async function importsBelow(folder: string): Promise<readonly Import[]> {
  const files = (await readdir(folder, { recursive: true })).filter((each) => each.endsWith(".ts")).map((each) => join(folder, each));
  const found = await Promise.all(files.toSorted().map(async (file) => importsOf(file, await readFile(file, "utf8"))));
  return found.flat();
}

export function importsOf(file: string, text: string): readonly Import[] {
  const code = text.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gmu, "");
  const found = [
    ...[...code.matchAll(statement)].map((match) => ({ from: match.groups?.["from"] ?? "", typeOnly: onlyTypes(match.groups?.["what"] ?? "") })),
    ...[...code.matchAll(bare)].map((match) => ({ from: match.groups?.["from"] ?? "", typeOnly: false })),
    ...[...code.matchAll(dynamic)].map((match) => ({ from: match.groups?.["from"] ?? "", typeOnly: false })),
  ];
  return found.map(({ from, typeOnly }) => ({ file, specifier: from, target: targetOf(file, from), typeOnly }));
}

function onlyTypes(what: string): boolean {
  if (/^\s*type\b/u.test(what)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/u.exec(what)?.groups?.["names"];
  const parts = (names ?? "").split(",").filter((part) => part.trim() !== "");
  return parts.length > 0 && parts.every((part) => /^\s*type\s/u.test(part));
}

function targetOf(file: string, specifier: string): Import["target"] {
  if (specifier.startsWith(".")) return { kind: "file", file: normalize(join(dirname(file), specifier)) };
  const parts = specifier.split("/");
  const name = specifier.startsWith("node:") ? specifier : parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return { kind: "package", name };
}
