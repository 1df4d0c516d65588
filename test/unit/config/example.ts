/** The example of the repository, and how a test reads a configuration text. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../../src/config/load.ts";
import { ConfigMistakes, type Mistake } from "../../../src/config/mistake.ts";

export const exampleFile: string = join(import.meta.dirname, "../../../config/opsroom.example.yaml");

export async function exampleText(): Promise<string> {
  return readFile(exampleFile, "utf8");
}

/** None when the text is a good configuration. Whatever else is thrown is thrown on. */
export function mistakesIn(text: string): readonly Mistake[] {
  try {
    parseConfig("test.yaml", text);
    return [];
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes;
    throw error;
  }
}

/** The smallest good configuration, with `changes` to its top-level keys, as YAML (which JSON is). */
export function minimal(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    matrix: { homeserver: "https://matrix.example.org", accessToken: { file: "/run/token" } },
    rooms: [{ name: "ops", room: "!abc", operators: { "@nadia:example.org": "admin" } }],
    store: { sqlite: { file: "/var/lib/opsroom/opsroom.db" } },
    clusters: [{ name: "prod", inCluster: true }],
    ...changes,
  });
}
