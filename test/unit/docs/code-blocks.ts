/** The code of a page, written out where it can be compiled and run. */
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize, resolve } from "node:path";

export interface CodeBlock {
  /** Where the page says that it stands: `src/handlers/nodes.ts`. */
  readonly file: string;
  readonly code: string;
}

/** The blocks of a page that name a file: three backticks, `ts file=src/…`. */
export async function codeBlocks(page: string): Promise<readonly CodeBlock[]> {
  const text = await readFile(page, "utf8");
  return [...text.matchAll(/^```ts file=(?<file>\S+)\n(?<code>[^]*?)^```$/gmu)].map((match) => ({
    file: match.groups?.["file"] ?? "",
    code: match.groups?.["code"] ?? "",
  }));
}

/** Every block as a file in a new folder below `below`; imports of one another lead there, all others to the project's own files. */
export async function writeOut(blocks: readonly CodeBlock[], below: string): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  await mkdir(below, { recursive: true });
  const folder = resolve(await mkdtemp(join(below, "docs-")));
  const placed = new Map(blocks.map(({ file }) => [file, join(folder, file)]));
  for (const { file, code } of blocks) {
    const path = join(folder, file);
    const moved = code.replace(/from "(?<from>\.[^"]*)"/gu, (_all, from: string) => {
      const wanted = normalize(join(dirname(file), from));
      return `from "${placed.get(wanted) ?? resolve(wanted)}"`;
    });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, moved);
  }
  return { folder, files: [...placed.values()] };
}
