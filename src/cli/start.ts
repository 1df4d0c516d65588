/** `opsroom start`: the process. SIGTERM drains, a second one quits; SIGHUP reads the configuration again; a stray rejection ends it, loudly. */
import { loadConfig } from "../config/load.ts";
import { describeMistake } from "../config/mistake.ts";
import { createReloader } from "../config/reload.ts";
import { OpsroomError } from "../errors.ts";
import { openOpsroom } from "../main.ts";
import { createLog } from "../observe/log.ts";
import type { CommandIo } from "./check.ts";

/** For what is retried by whoever started us, and for what needs a person first; 70 is the convention for a bug. */
export const exitCodes = { ok: 0, failed: 1, config: 2, needsPerson: 3, bug: 70 } as const;

/** @returns the exit code, once everything is released */
export async function runStart(configFile: string, { env, err }: CommandIo): Promise<number> {
  const started = await loadConfig(configFile).catch((error: unknown) => {
    if (error instanceof OpsroomError) return error;
    throw error;
  });
  if (started instanceof OpsroomError) {
    err(`${started.code}: ${started.message}\n`);
    return exitCodes.config;
  }
  const log = createLog(started.log.level);
  const drain = new AbortController();
  let exitCode: number = exitCodes.ok;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (drain.signal.aborted) process.exit(exitCodes.failed);
      log.info({ signal }, "stopping: what runs is ended, what waits is sent; a second signal quits at once");
      drain.abort(new Error(`stopped by ${signal}`));
      quitLate(exitCodes.failed);
    });
  }
  try {
    await using opsroom = await openOpsroom({ config: started, env, log, signal: drain.signal });
    const onBug = (kind: string) => (error: unknown) => {
      log.fatal({ err: error, kind }, "a bug: stopping");
      opsroom.fault(kind);
      exitCode = exitCodes.bug;
      drain.abort(new Error(kind));
      quitLate(exitCodes.bug);
    };
    process.on("unhandledRejection", onBug("unhandledRejection"));
    process.on("uncaughtException", onBug("uncaughtException"));
    const reloader = createReloader({
      started,
      load: () => loadConfig(configFile),
      onGood: async ({ config, applied, needsRestart }) => {
        await opsroom.reconfigure(config);
        log.level = config.log.level;
        log.info({ applied, needsRestart }, "the configuration was read again");
        if (needsRestart.length > 0)
          await opsroom.tellRooms(`config/${Date.now()}`, [
            { text: `🟡 The configuration changed in ${needsRestart.join(", ")}: that counts after a restart.` },
          ]);
      },
      onBad: async ({ mistakes, message }) => {
        log.error({ mistakes: mistakes.length }, message);
        const lines = mistakes.slice(0, 5).map((mistake) => ({ item: describeMistake(mistake) }));
        await opsroom.tellRooms(`config/${Date.now()}`, [
          { text: `🔴 The changed configuration has ${mistakes.length} mistakes; the old one stays in force.`, strong: true },
          ...lines,
        ]);
      },
    });
    process.on("SIGHUP", () => {
      reloader.reload().catch((error: unknown) => log.error({ err: error }, "the configuration could not be read again"));
    });
    log.info({ adminPort: opsroom.adminPort }, "started");
    await opsroom.run(drain.signal);
  } catch (error) {
    if (drain.signal.aborted && exitCode === exitCodes.ok && !(error instanceof OpsroomError)) log.warn({ err: error }, "ended while stopping");
    else if (error instanceof OpsroomError) {
      log.fatal({ code: error.code, remedy: error.remedy }, error.message);
      exitCode = error.kind === "stalled" ? exitCodes.needsPerson : exitCodes.failed;
    } else {
      log.fatal({ err: error }, "a bug: Opsroom ends");
      exitCode = exitCodes.bug;
    }
  }
  log.info({ exitCode }, "ended");
  return exitCode;
}

/** Kubernetes kills after 30 s; whatever hangs is left behind before that, and taken up again after the next start. */
const latestExitMs = 18_000;

function quitLate(code: number): void {
  setTimeout(() => process.exit(code), latestExitMs).unref();
}
