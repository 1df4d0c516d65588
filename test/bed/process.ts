/** Processes of the test bed: each logs to a file, is waited for with a deadline, and dies with the process that started it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface OwnedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly running: () => boolean;
  /** Writes a line to its standard input. */
  readonly tell: (line: string) => void;
  /** Sends `signal` (default SIGTERM) and resolves when it has ended; SIGKILL after ten seconds. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** What an error message needs to know of a process that is waited for. */
export type Watched = Pick<OwnedProcess, "name" | "logFile" | "running">;

export interface ProcessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How it learns that the starting process is gone: by SIGKILL from the kernel, or by the end of its standard input, so that it can clean up. */
  readonly diesBy?: "kill" | "end of input";
}

const stopDeadlineMs = 10_000;

/** Starts a process in a session of its own, so that a Ctrl-C in the terminal leaves the stopping to its owner. */
export function startProcess({ name, command, logFile, env = {}, diesBy = "kill" }: ProcessOptions): OwnedProcess {
  const log = openSync(logFile, "a");
  const [file, ...args] = diesBy === "kill" ? (["setpriv", "--pdeathsig", "KILL", "--", ...command] as const) : command;
  const child = spawn(file, args, {
    detached: true,
    stdio: [diesBy === "kill" ? "ignore" : "pipe", log, log],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  let ended = false;
  const end = new Promise<void>((resolve) => {
    const finish = (): void => {
      ended = true;
      resolve();
    };
    child.once("exit", finish);
    child.once("error", finish);
  });
  child.stdin?.on("error", () => undefined);
  const running = (): boolean => !ended;
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    running,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    async stop(signal = "SIGTERM") {
      if (ended) return;
      if (diesBy === "end of input") child.stdin?.end();
      else child.kill(signal);
      await Promise.race([end, delay(stopDeadlineMs, undefined, { ref: false })]);
      if (running()) child.kill("SIGKILL");
      await end;
    },
  };
}

/** The last lines of a log, for an error message. */
export function tailOf(logFile: string, lines = 25): string {
  return existsSync(logFile) ? readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n") : "(no log)";
}

/**
 * Polls `check`, ever less often, until it returns something other than `undefined`; a check that throws is tried again.
 * @throws at the deadline, or as soon as one of `needs` has ended, with the tails of their logs.
 */
export async function waitFor<T>(what: string, deadlineMs: number, needs: readonly Watched[], check: () => Promise<T | undefined>): Promise<T> {
  const began = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const found = await check();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    const dead = needs.filter((each) => !each.running());
    if (dead.length > 0 || performance.now() > began + deadlineMs) {
      const why = dead.length > 0 ? `${dead.map((each) => each.name).join(", ")} ended` : `not within ${deadlineMs / 1000} s`;
      const logs = (dead.length > 0 ? dead : needs).map((each) => `--- ${each.logFile}\n${tailOf(each.logFile)}`);
      throw new Error([`${what}: ${why}`, ...logs].join("\n"), { cause: last });
    }
    await delay(Math.min(2000, 100 + (performance.now() - began) / 20));
  }
}

/** Runs a command to its end and returns its standard output. @throws with its standard error when it fails or takes longer than two minutes. */
export async function run(
  file: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { env: { ...process.env, ...options.env }, maxBuffer: 2 ** 28, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.slice(0, 6).join(" ")}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin ?? "");
  });
}

/** Ports on 127.0.0.1 that were free a moment ago, by what they are for. */
export async function freePorts<Name extends string>(...names: readonly Name[]): Promise<(name: Name) => number> {
  const servers = names.map((name) => ({ name, server: createServer().listen(0, "127.0.0.1") }));
  await Promise.all(servers.map(async ({ server }) => once(server, "listening")));
  const ports = new Map(servers.map(({ name, server }) => [name, server.address()]));
  await Promise.all(servers.map(async ({ server }) => once(server.close(), "close")));
  return (name) => {
    const address = ports.get(name);
    if (typeof address !== "object" || address === null) throw new Error(`no port for ${name}`);
    return address.port;
  };
}

/** `{ "bind-address": "::1" }` as `--bind-address=::1`. */
export function flags(values: Readonly<Record<string, string | number | boolean>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
