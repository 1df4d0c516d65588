/** `npm run bench`: every figure that the project promises, beside a reference in the same run. `--real` adds Synapse and a cluster of kwok. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { startEmbeddedCluster } from "../src/sandbox/cluster/cluster.ts";
import { generatedFleet } from "../src/sandbox/cluster/generated.ts";
import { planFleet } from "../src/sandbox/cluster/plan.ts";
import { answerFederation } from "../src/sandbox/federation.ts";
import { startHomeserver } from "../src/sandbox/homeserver/homeserver.ts";
import { relayFigures, relayLoad, stormFigures } from "./alerts.ts";
import { burst } from "./burst.ts";
import { encryptionFigures } from "./encrypted.ts";
import { idleMemory, importing, startTimes } from "./footprint.ts";
import { benchBigCluster, benchReal, startBigCluster, startRealParts, stormOnSynapse } from "./real.ts";
import { statusLatency } from "./status.ts";
import { printTable, quantile, type Row } from "./table.ts";
import { openWorld, type World } from "./world.ts";

const run = promisify(execFile);
await run(process.execPath, ["scripts/build.ts"]);
const folder = await mkdtemp(join(tmpdir(), "opsroom-bench-"));
const real = process.argv.includes("--real");

{
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const homeserver = stack.use(await startHomeserver({ serverName: "bench.test", limits: "none" }));
  const federation = stack.use(await answerFederation("1.150.0"));
  const small = stack.use(await startEmbeddedCluster({ fleet: planFleet, folder }));
  const common = { homeserverUrl: homeserver.baseUrl, newAccount: async (name: string) => homeserver.createUser(name), federation: federation.address };
  const world = stack.use(await openWorld({ ...common, kubeconfig: small.kubeconfig, context: small.name }));

  const parts = real ? stack.use(await startRealParts()) : undefined;

  // Four minutes, all but the first seconds of it spent waiting for the homeserver's limit: beside the others.
  const stormy = storm();
  stormy.catch(() => undefined);
  await delay(20_000);
  const started = await startFigures(world);
  {
    // For a minute it rests, and what is counted and not timed goes beside it, as does the start of a big cluster.
    await using big = parts === undefined ? undefined : startBigCluster();
    const [held, together, days, cluster] = await Promise.all([idleMemory(world, 60_000), bursts(common, small), day(), big?.ready]);
    printTable("Start and memory (the bundle, embedded homeserver and cluster)", footprint(started, held));
    printTable("200 commands at once", together);
    printTable("A day of syncs, ten times over", days);
    if (parts !== undefined && cluster !== undefined) await benchBigCluster(parts, cluster);
  }

  // With --real on Synapse and kwok.
  if (!real) await embeddedStatus(common, world);
  if (!real) printTable("Alerts: an Opsroom that only relays (embedded)", await relayFigures({ ...common, down: homeserver.down, up: homeserver.up }));
  if (!real)
    printTable("Encryption (embedded, the plan's fleet)", await encryptionFigures({ ...common, kubeconfig: small.kubeconfig, context: small.name }, 200));
  printTable("Alerts: load (embedded)", await relayLoad(common));
  printTable(`Alerts: a storm under Synapse's default limit (${real ? "Synapse" : "embedded"})`, await stormy);
  if (parts !== undefined) await benchReal(parts);
}

async function embeddedStatus(common: Omit<Parameters<typeof openWorld>[0], "kubeconfig" | "context">, world: World): Promise<void> {
  printTable("!status, the plan's fleet (embedded)", await statusLatency(world, 200, 300));
  await using stack = new AsyncDisposableStack();
  const bigFolder = await mkdtemp(join(folder, "big-"));
  const big = stack.use(await startEmbeddedCluster({ fleet: generatedFleet({ nodes: 1000, pods: 10_000 }), folder: bigFolder }));
  const bigWorld = stack.use(await openWorld({ ...common, kubeconfig: big.kubeconfig, context: big.name }));
  printTable("!status, 1,000 nodes and 10,000 pods (embedded)", await statusLatency(bigWorld, 20, 2000, 60));
}

interface StartFigures {
  readonly stock: Awaited<ReturnType<typeof importing>>;
  readonly starts: readonly number[];
}

async function startFigures(of: World): Promise<StartFigures> {
  return { stock: await importing(), starts: await startTimes(of, 7) };
}

function footprint({ stock, starts }: StartFigures, idleMiB: number): readonly Row[] {
  return [
    {
      what: "start to ready",
      figure: `${Math.round(quantile(starts, 0.5))} ms (median of 7)`,
      reference: `importing the stock packages ${Math.round(stock.ms)} ms`,
      wanted: "1500 ms",
    },
    {
      what: "memory after 60 s idle",
      figure: `${Math.round(idleMiB)} MiB`,
      reference: `importing the stock packages ${Math.round(stock.residentMiB)} MiB`,
      wanted: "110 MiB",
    },
  ];
}

async function bursts(
  common: Omit<Parameters<typeof openWorld>[0], "kubeconfig" | "context" | "rateLimit">,
  cluster: { readonly kubeconfig: string; readonly name: string },
): Promise<readonly Row[]> {
  const limit = { perSecond: 10, burst: 10 };
  await using limited = await startHomeserver({ serverName: "limited.test", limits: limit });
  const newAccount = async (name: string) => {
    const account = limited.createUser(name);
    if (!name.startsWith("opsroom-")) limited.setRateLimit(account.userId, "none");
    return account;
  };
  await using of = await openWorld({
    ...common,
    homeserverUrl: limited.baseUrl,
    newAccount,
    kubeconfig: cluster.kubeconfig,
    context: cluster.name,
    rateLimit: limit,
  });
  const result = await burst(of, 200, limit);
  return [
    {
      what: "answered, in order",
      figure: `${result.answered} of 200, ${result.inOrder ? "in order" : "OUT OF ORDER"}`,
      reference: "",
      wanted: "200, in order",
    },
    {
      what: `time at ${limit.perSecond}/s, burst ${limit.burst}`,
      figure: `${result.seconds.toFixed(1)} s, told to wait ${result.limited} times`,
      reference: `the limit allows ${result.leastSeconds.toFixed(1)} s at best`,
      wanted: "not faster",
    },
  ];
}

async function storm(): Promise<readonly Row[]> {
  if (real) return await stormOnSynapse();
  await using limited = await startHomeserver({ serverName: "storm.test", limits: { perSecond: 0.2, burst: 10 } });
  return await stormFigures({
    homeserverUrl: limited.baseUrl,
    newAccount: async (name: string) => {
      const account = limited.createUser(name);
      if (!name.startsWith("opsroom-")) limited.setRateLimit(account.userId, "none");
      return account;
    },
  });
}

async function day(): Promise<readonly Row[]> {
  const { stdout } = await run(process.execPath, ["--expose-gc", "bench/day.ts"]);
  const { syncs, firstMiB, lastMiB }: { syncs: number; firstMiB: number; lastMiB: number } = JSON.parse(stdout);
  return [
    {
      what: `heap after ${syncs.toLocaleString("en")} syncs`,
      figure: `${lastMiB.toFixed(1)} MiB`,
      reference: `after a tenth of them ${firstMiB.toFixed(1)} MiB`,
      wanted: "no growth",
    },
  ];
}
