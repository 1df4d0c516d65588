/** `opsroom check`: every mistake of a configuration file at once. */
import { counted } from "../chat/render/units.ts";
import { loadConfigFile, type LoadedConfig } from "../config/load.ts";
import { ConfigMistakes, type Mistake } from "../config/mistake.ts";
import type { Config } from "../config/schema/root.ts";
import { checkSecrets } from "../config/secret-places.ts";

export interface CheckOptions {
  readonly file: string;
  /** Whether to look at the secrets too. Off where they are not at hand, in CI for example. */
  readonly secrets: boolean;
  readonly json?: boolean;
}

/** The process's standard streams and environment. Every text is one or more whole lines. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @returns the exit code: 0 when it can be used, 2 when it has mistakes */
export async function runCheck({ file, secrets, json = false }: CheckOptions, { out, err, env }: CommandIo): Promise<0 | 2> {
  const warnings: string[] = [];
  const checked = await loaded(file);
  const mistakes = "mistakes" in checked ? checked.mistakes : secrets ? await checkSecrets(checked, { env, warn: (warning) => warnings.push(warning) }) : [];
  if (json) {
    out(`${JSON.stringify({ ok: mistakes.length === 0, file, mistakes, warnings })}\n`);
  } else {
    for (const warning of warnings) err(`warning: ${warning}\n`);
    if (mistakes.length > 0) err(describeMistakes(file, mistakes));
    else if ("config" in checked) out(`${file}: ${summarise(checked.config)}${secrets ? "" : "; secrets were not looked at"}\n`);
  }
  return mistakes.length === 0 ? 0 : 2;
}

async function loaded(file: string): Promise<LoadedConfig | { readonly mistakes: readonly Mistake[] }> {
  try {
    return await loadConfigFile(file);
  } catch (error) {
    if (error instanceof ConfigMistakes) return error;
    throw error;
  }
}

function describeMistakes(file: string, mistakes: readonly Mistake[]): string {
  const blocks = mistakes.map(({ path, line, found, allowed, nearest }) => {
    const place = line === undefined ? file : `${file}:${line}`;
    return [
      `${place}${path === "" ? "" : `  ${path}`}`,
      `  found:   ${found}`,
      `  allowed: ${allowed}`,
      ...(nearest === undefined ? [] : [`  did you mean ${nearest}?`]),
    ].join("\n");
  });
  return `${blocks.join("\n\n")}\n\n${counted(mistakes.length, "mistake")}\n`;
}

function summarise({ rooms, clusters, homeservers, alerts }: Config): string {
  const people = new Set(rooms.flatMap((room) => [...room.operators.keys()])).size;
  const parts = [
    counted(rooms.length, "room"),
    counted(people, "person", "people"),
    counted(clusters.length, "cluster"),
    counted(homeservers.length, "homeserver"),
    ...(alerts === undefined ? [] : [counted(alerts.settings.sources.length, "source of alerts", "sources of alerts")]),
  ];
  return `no mistakes (${parts.join(", ")})`;
}
