/** The configuration file, or every mistake in it. */
import { settleAlerts } from "./alerts.ts";
import { settleBackups } from "./backups.ts";
import { settleSchedules } from "./schedules.ts";
import { checkCrons } from "./check-crons.ts";
import { crossCheck } from "./cross-checks.ts";
import { ConfigMistakes } from "./mistake.ts";
import type { Path } from "./path.ts";
import { readText } from "./read-file.ts";
import { configSchema, type Config } from "./schema/root.ts";
import { allowedInWords } from "./words.ts";
import { parseYaml } from "./yaml.ts";
import { mistakesOf } from "./zod-mistakes.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** The line a key stands in, from 1. */
  readonly lineOf: (path: Path) => number;
}

/** @throws {ConfigMistakes} with all mistakes at once, in the order of the file */
export async function loadConfig(file: string): Promise<Config> {
  return (await loadConfigFile(file)).config;
}

/** As {@link loadConfig}, for what has more to say about the file. @throws {ConfigMistakes} */
export async function loadConfigFile(file: string): Promise<LoadedConfig> {
  const read = await readText(file);
  if (!read.ok) throw new ConfigMistakes(file, [read.mistake]);
  const loaded = parseConfig(file, read.text);
  const mistakes = await checkCrons(loaded);
  if (mistakes.length > 0) throw new ConfigMistakes(file, mistakes);
  return loaded;
}

/** @param file is only named in errors @throws {ConfigMistakes} */
export function parseConfig(file: string, text: string): LoadedConfig {
  const yaml = parseYaml(text);
  if (!yaml.ok) throw new ConfigMistakes(file, yaml.mistakes);
  const parsed = configSchema.safeParse(yaml.file.value, { error: allowedInWords });
  const mistakes = [...(parsed.success ? [] : mistakesOf(parsed.error.issues, yaml.file)), ...crossCheck(yaml.file)];
  if (!parsed.success || mistakes.length > 0)
    throw new ConfigMistakes(
      file,
      mistakes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  const { alerts, backups, schedules, ...rest } = parsed.data;
  const config = {
    ...rest,
    alerts: alerts === undefined ? undefined : settleAlerts(alerts, rest.timeZone),
    backups: settleBackups(
      backups,
      rest.clusters.map(({ name }) => name),
    ),
    schedules: settleSchedules(schedules, rest.rooms[0]?.name),
  };
  return { config, lineOf: yaml.file.lineOf };
}
