/** Reading the configuration again while Opsroom runs: a good one is taken, a bad one changes nothing. */
import { isDeepStrictEqual } from "node:util";
import { ConfigMistakes } from "./mistake.ts";
import type { Config } from "./schema/root.ts";

/** What was built from these at start stays as it is until the next start. */
const fixedParts = {
  matrix: (config) => config.matrix,
  store: (config) => config.store,
  admin: (config) => config.admin,
  "alerts.listen": ({ alerts }) => alerts?.listen,
  "alerts.sources": ({ alerts }) => alerts && [alerts.credentials, alerts.alertmanagers, alerts.settings.sources],
} as const satisfies Readonly<Record<string, (config: Config) => unknown>>;
type FixedKey = keyof typeof fixedParts;
const fixedKeys: readonly FixedKey[] = ["matrix", "store", "admin", "alerts.listen", "alerts.sources"];

/** What is asked for anew each time it is used. */
const liveKeys = [
  "rooms",
  "timeZone",
  "clusters",
  "homeservers",
  "alerts",
  "backups",
  "schedules",
  "thresholds",
  "deadlines",
  "retention",
  "log",
] as const satisfies readonly (keyof Config)[];
type LiveKey = (typeof liveKeys)[number];

export interface Reload {
  /** What is in force now: the new file, but with the old values of what needs a restart. */
  readonly config: Config;
  /** Keys that differ from what was in force. */
  readonly applied: readonly LiveKey[];
  /** Keys that differ from what Opsroom was started with and wait for a restart. */
  readonly needsRestart: readonly FixedKey[];
}

export interface ReloadOptions {
  readonly started: Config;
  /** @throws {ConfigMistakes} */
  readonly load: () => Promise<Config>;
  /** Puts it in force. When it throws, the file counts as not yet taken, and the next reading tries again. */
  readonly onGood: (reload: Reload) => void | Promise<void>;
  /** The old configuration stays in force. */
  readonly onBad: (mistakes: ConfigMistakes) => void | Promise<void>;
}

export interface Reloader {
  readonly current: () => Config;
  /** Asked again while it still reads, it reads once more afterwards: what was written last is what is taken. */
  readonly reload: () => Promise<void>;
}

export function createReloader({ started, load, onGood, onBad }: ReloadOptions): Reloader {
  let current = started;
  let last: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;

  const readOnce = async (): Promise<void> => {
    waiting = undefined;
    const outcome = await load().catch((error: unknown) => {
      if (error instanceof ConfigMistakes) return error;
      throw error;
    });
    if (outcome instanceof ConfigMistakes) return onBad(outcome);
    const reload = compare(started, current, outcome);
    await onGood(reload);
    current = reload.config;
    return undefined;
  };

  return {
    current: () => current,
    reload: () => {
      if (waiting !== undefined) return waiting;
      waiting = last.then(readOnce, readOnce);
      last = waiting;
      return waiting;
    },
  };
}

/** Pure: what of `next` is taken over. */
export function compare(started: Config, current: Config, next: Config): Reload {
  const { matrix, store, admin } = started;
  const config: Config = { ...next, matrix, store, admin, alerts: takeAlerts(current.alerts, next.alerts) };
  return {
    config,
    applied: liveKeys.filter((key) => !isDeepStrictEqual(config[key], current[key])),
    needsRestart: fixedKeys.filter((key) => !isDeepStrictEqual(fixedParts[key](next), fixedParts[key](started))),
  };
}

/** Where it listens and whom it knows stays; so does whether it takes alerts at all. */
function takeAlerts(current: Config["alerts"], next: Config["alerts"]): Config["alerts"] {
  if (current === undefined || next === undefined) return current;
  return { ...current, settings: { ...next.settings, sources: current.settings.sources } };
}
