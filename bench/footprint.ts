/** Start time and memory, each beside a process that only imports the stock packages. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { residentMiB, type World } from "./world.ts";

const imports = ["matrix-bot-sdk", "@kubernetes/client-node", "pg", "better-sqlite3", "fastify", "kysely", "pino", "prom-client", "yaml", "zod"];

/** Milliseconds from the start of the process until `/readyz` says that it acts, `times` times. */
export async function startTimes(world: World, times: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const started = performance.now();
    const bot = await world.start();
    took.push(performance.now() - started);
    await bot.stop();
  }
  return took;
}

/** Memory after a minute without a command. */
export async function idleMemory(world: World, afterMs: number): Promise<number> {
  const bot = await world.start();
  await delay(afterMs);
  const resident = await residentMiB(bot.pid);
  await bot.stop();
  return resident;
}

/** What it costs only to import the packages: milliseconds and MiB. */
export async function importing(): Promise<{ readonly ms: number; readonly residentMiB: number }> {
  const script = `const t = performance.now(); for (const name of ${JSON.stringify(imports)}) await import(name); console.log(performance.now() - t); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--disable-warning=DEP0060", "--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [data]: unknown[] = await once(child.stdout, "data");
  await delay(5000);
  const resident = await residentMiB(child.pid ?? 0);
  child.kill();
  return { ms: Number(String(data)), residentMiB: resident };
}
