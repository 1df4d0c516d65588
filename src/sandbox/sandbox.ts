/** `opsroom sandbox`: an embedded homeserver, clusters and Alertmanager, Opsroom itself, and somebody to type. Everything is real but the servers. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CommandIo } from "../cli/check.ts";
import { parseConfig } from "../config/load.ts";
import { openOpsroom } from "../main.ts";
import { createLog } from "../observe/log.ts";
import { openStage, type Stage } from "./stage.ts";
import { runOnce } from "./terminal/once.ts";
import { runTerminal } from "./terminal/terminal.ts";

export interface SandboxOptions {
  readonly says: readonly { readonly text: string; readonly as: string | undefined }[];
  /** Names of alerts that begin before anything is said. */
  readonly fires?: readonly string[];
  readonly once?: boolean;
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly nodes?: number;
  readonly pods?: number;
  /** Everything is kept here from one run to the next; thrown away otherwise. */
  readonly data?: string;
  readonly verbose?: boolean;
}

/** @returns the exit code: 0 when all was answered */
export async function runSandbox(options: SandboxOptions, { out, err, env }: CommandIo): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const folder = await dataFolder(options.data, stack);
  const size =
    options.nodes === undefined && options.pods === undefined ? undefined : { nodes: options.nodes ?? 3, pods: options.pods ?? (options.nodes ?? 3) * 10 };
  const stage = stack.use(await openStage(folder, size));
  const configFile = join(folder, "opsroom.yaml");
  const { config } = parseConfig(configFile, JSON.stringify(stage.config));
  await writeFile(configFile, `${JSON.stringify(stage.config, undefined, 2)}\n`);
  const log = createLog(options.verbose === true ? "info" : "fatal");
  const stop = new AbortController();
  const opsroom = stack.use(await openOpsroom({ config, env, log, signal: stop.signal }));
  if (opsroom.alertsPort !== undefined) stage.sendAlertsTo(opsroom.alertsPort);
  const interrupt = (): void => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const running = opsroom.run(stop.signal).finally(() => stop.abort(new Error("Opsroom ended")));
  try {
    return await converse(options, stage, opsroom.idle, { out, err }, stop.signal);
  } finally {
    stop.abort(new Error("the sandbox ends"));
    await running;
  }
}

async function converse(
  options: SandboxOptions,
  stage: Stage,
  idle: () => Promise<boolean>,
  { out, err }: Pick<CommandIo, "out" | "err">,
  signal: AbortSignal,
): Promise<number> {
  await stage.botIsThere(signal, idle);
  const { room, botUserId, cast, alerts } = stage;
  const { says, fires = [] } = options;
  if (options.once !== true) {
    for (const name of fires) alerts.fire(name);
    await runTerminal({ room, botUserId, cast, alerts, input: process.stdin, output: process.stdout, greeting, says, idle }, signal);
    return 0;
  }
  if (says.length + fires.length === 0) {
    err("--once needs at least one --say TEXT or --fire NAME.\n");
    return 2;
  }
  const result = await runOnce(
    {
      room,
      botUserId,
      says,
      fires,
      fire: (name) => alerts.fire(name),
      cast,
      idle,
      json: options.json === true,
      timeoutMs: options.timeout * 1000,
      print: (line) => out(`${line}\n`),
    },
    signal,
  );
  if (result.kind === "answered") return 0;
  err(`${result.reason}\n`);
  return 1;
}

const greeting = [
  "You are nadia, an operator, in the room where Opsroom lives. The clusters are made up: three nodes, one of them nearly out of memory.",
  "Type !status or !backup, or !help for what else there is. /fire makes an alert, /react 👀 acknowledges it, /resolve ends it.",
  "/help tells of the prompt itself; /as mallory makes you a stranger; /quit ends.",
];

async function dataFolder(wanted: string | undefined, stack: AsyncDisposableStack): Promise<string> {
  if (wanted !== undefined) {
    const folder = resolve(wanted);
    await mkdir(folder, { recursive: true });
    return folder;
  }
  const folder = await mkdtemp(join(tmpdir(), "opsroom-sandbox-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
