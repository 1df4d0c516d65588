/** The real Opsroom process, started, killed and stopped as an operator's cluster would. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

export interface Bot {
  /** Resolves when `/readyz` says that it acts. */
  readonly ready: (timeoutMs?: number) => Promise<void>;
  readonly readiness: () => Promise<unknown>;
  /** kill -9 */
  readonly kill: () => Promise<void>;
  /** SIGTERM; answers the milliseconds it took and the exit code. */
  readonly stop: () => Promise<{ readonly ms: number; readonly code: number | null }>;
  readonly hangUp: () => void;
  /** What it wrote to its log. */
  readonly log: () => string;
  /** Resolves with the exit code when it ends by itself. */
  readonly ended: Promise<number | null>;
  readonly metrics: () => Promise<string>;
  readonly pid: number;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @param entry what Node runs: the source by default, the bundle where start time counts */
export function startBot(configFile: string, adminPort: number, entry = ["src/cli.ts"], env: Readonly<Record<string, string>> = {}): Bot {
  const child = spawn(process.execPath, [...entry, "start", "--config", configFile], { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  running.add(child);
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-200_000);
  });
  const ended = once(child, "exit").then(([code]: unknown[]) => {
    running.delete(child);
    return typeof code === "number" ? code : null;
  });
  const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(5000) });
  return {
    ended,
    pid: child.pid ?? 0,
    log: () => log,
    readiness: async () => (await get("/readyz")).json(),
    metrics: async () => (await get("/metrics")).text(),
    hangUp: () => child.kill("SIGHUP"),
    ready: async (timeoutMs = 30_000) => {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        if (child.exitCode !== null) throw new Error(`the bot ended with ${child.exitCode}:\n${log}`);
        const state: unknown = await get("/readyz").then(
          (response) => response.json(),
          () => undefined,
        );
        if (typeof state === "object" && state !== null && "state" in state && state.state === "acting") return;
        if (performance.now() > deadline) throw new Error(`the bot is not ready: ${JSON.stringify(state)}\n${log}`);
        await delay(20);
      }
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      const started = performance.now();
      child.kill("SIGTERM");
      return { code: await ended, ms: performance.now() - started };
    },
  };
}
