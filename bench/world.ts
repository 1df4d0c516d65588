/** A homeserver, a cluster, a room and the built Opsroom in a process of its own: what most figures are measured on. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startBot, type Bot } from "../test/support/bot.ts";
import { jsPerson } from "../test/support/js-person.ts";
import { person, type Account, type Person } from "../test/support/person.ts";
import { freePort } from "../test/scenarios/stage.ts";

export interface WorldOptions {
  readonly homeserverUrl: string;
  readonly newAccount: (localpart: string) => Promise<Account>;
  readonly kubeconfig: string;
  readonly context: string;
  /** The cluster's homeservers are asked for their version here. */
  readonly federation: string;
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number };
  /** The room is encrypted, and the operator's client does as Element does. */
  readonly encrypted?: boolean;
}

export interface World extends AsyncDisposable {
  readonly room: string;
  readonly operator: Person;
  readonly operatorAccount: Account;
  readonly botUserId: string;
  readonly start: () => Promise<Bot>;
  /** Where the bot keeps its keys. */
  readonly keysFolder: string;
  readonly newAccount: WorldOptions["newAccount"];
  readonly homeserverUrl: string;
}

let worlds = 0;

export async function openWorld({ homeserverUrl, newAccount, kubeconfig, context, federation, rateLimit, encrypted = false }: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-bench-"));
  const tag = `${process.pid}-${(worlds += 1)}`;
  const operatorAccount = await newAccount(`operator-${tag}`);
  const client = encrypted ? await jsPerson(homeserverUrl, operatorAccount) : undefined;
  const operator = client ?? person(homeserverUrl, operatorAccount);
  const account = await newAccount(`opsroom-${tag}`);
  const room = await operator.createRoom([account.userId]);
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, account.accessToken, { mode: 0o600 });
  const adminPort = await freePort();
  const keysFolder = join(folder, "crypto");
  const encryption = { folder: keysFolder, recoveryKeyFile: join(folder, "recovery-key") };
  const configFile = join(folder, "opsroom.yaml");
  const config = {
    matrix: { homeserver: homeserverUrl, accessToken: { file: tokenFile }, rateLimit: rateLimit ?? "none", ...(encrypted ? { encryption } : {}) },
    rooms: [{ name: "ops", room, operators: { [operator.userId]: "operator" } }],
    store: { sqlite: { file: join(folder, "opsroom.db") } },
    clusters: [{ name: "prod", kubeconfig: { file: kubeconfig, context } }],
    homeservers: ["t0rt1k", "roglog", "uretra"].map((name) => ({
      name,
      serverName: `${name}.example`,
      cluster: "prod",
      namespace: `matrix-${name}`,
      shape: "matrix-chart",
      address: federation,
    })),
    admin: { host: "127.0.0.1", port: adminPort },
    log: { level: encrypted ? "info" : "warn" },
  };
  await writeFile(configFile, JSON.stringify(config));
  let bot: Bot | undefined;
  return {
    room,
    operator,
    operatorAccount,
    botUserId: account.userId,
    newAccount,
    homeserverUrl,
    keysFolder,
    start: async () => {
      const { flags, env } = await imageStart();
      bot = startBot(configFile, adminPort, [...flags, "dist/opsroom.js"], env);
      await bot.ready(60_000);
      if (client !== undefined) {
        // Until then nothing can be said in an encrypted room.
        while (!bot.log().includes("identity was looked after")) await delay(10);
        await client.readyFor(account.userId);
      }
      return bot;
    },
    [Symbol.asyncDispose]: async () => {
      client?.stop();
      await bot?.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** MiB of memory a process holds. */
export async function residentMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/u.exec(text)?.[1] ?? Number.NaN) / 1024;
}

/** The most it held so far. */
export async function peakMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/u.exec(text)?.[1] ?? Number.NaN) / 1024;
}

/** What the image starts Node with: its flags, and its environment. */
export async function imageStart(): Promise<{ readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  const dockerfile = await readFile("Dockerfile", "utf8");
  const words: unknown = JSON.parse(/^ENTRYPOINT (\[.*\])$/mu.exec(dockerfile)?.[1] ?? "[]");
  const flags = Array.isArray(words) ? words.filter((word) => typeof word === "string" && word.startsWith("--")) : [];
  return { flags, env: Object.fromEntries([...dockerfile.matchAll(/^ENV (\w+)=(\S+)$/gmu)].map(([, name = "", value = ""]) => [name, value])) };
}
