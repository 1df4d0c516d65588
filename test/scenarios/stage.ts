/** Sets a scenario's stage: a room with an operator, a viewer, a stranger and the bot. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { startBot, type Bot } from "../support/bot.ts";
import type { Account, Person } from "../support/person.ts";
import type { StageWorld } from "./bed.ts";

export interface Stage {
  readonly room: string;
  readonly operator: Person;
  readonly viewer: Person;
  readonly stranger: Person;
  readonly account: Account;
  readonly configFile: string;
  readonly adminPort: number;
  /** Starts the bot (again). Every bot started is killed at the end of the scenario by {@link Stage}'s disposal. */
  readonly start: (options?: { readonly adminPort?: number; readonly configFile?: string }) => StagedBot;
  readonly writeConfig: (changes: Readonly<Record<string, unknown>>, name?: string) => Promise<string>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface StagedBot extends Bot {
  /** @param wanted.signed `false`: does not wait until its device is signed */
  readonly ready: (timeoutMs?: number, wanted?: { readonly signed: boolean }) => Promise<void>;
}

export interface StageOptions {
  /** Where the bot finds its homeserver; the bed's own by default. */
  readonly homeserverUrl?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** `clear`: not encrypted, also where people encrypt. */
  readonly room?: "clear";
}

export async function setStage(bed: StageWorld, options: StageOptions = {}): Promise<Stage> {
  const tag = randomUUID().slice(0, 8);
  const folder = join(bed.folder, tag);
  await mkdir(folder, { recursive: true });
  const operator = await bed.newPerson(`nadia-${tag}`);
  const viewer = await bed.newPerson(`eye-${tag}`);
  const stranger = await bed.newPerson(`mallory-${tag}`);
  const account = await bed.newAccount(`opsroom-${tag}`);
  const createRoom = (options.room === "clear" ? operator.createClearRoom : undefined) ?? operator.createRoom;
  const room = await createRoom([account.userId, viewer.userId, stranger.userId]);
  await viewer.join(room);
  await stranger.join(room);
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, account.accessToken);
  await chmod(tokenFile, 0o600);
  const adminPort = await freePort();
  const { homeserver } = bed.cluster;
  const base: Readonly<Record<string, unknown>> = {
    matrix: {
      homeserver: options.homeserverUrl ?? bed.homeserverUrl,
      accessToken: { file: tokenFile },
      rateLimit: "none",
      encryption: { folder: join(folder, "crypto"), recoveryKeyFile: join(folder, "recovery-key") },
    },
    rooms: [{ name: "ops", room, operators: { [operator.userId]: "operator", [viewer.userId]: "viewer" } }],
    timeZone: "Europe/Moscow",
    store: { sqlite: { file: join(folder, "opsroom.db") } },
    clusters: [{ name: "prod", kubeconfig: { file: bed.cluster.kubeconfig, context: bed.cluster.context } }],
    homeservers: homeserver === undefined ? [] : [{ ...homeserver, cluster: "prod" }],
    admin: { host: "127.0.0.1", port: adminPort },
    log: { level: "info" },
  };
  const writeConfig = async (changes: Readonly<Record<string, unknown>>, name = "opsroom.yaml"): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify({ ...base, ...changes }, undefined, 2));
    return file;
  };
  const configFile = await writeConfig(options.config ?? {});
  const bots: Bot[] = [];
  return {
    room,
    operator,
    viewer,
    stranger,
    account,
    configFile,
    adminPort,
    writeConfig,
    start: (given = {}) => {
      const bot = startBot(given.configFile ?? configFile, given.adminPort ?? adminPort);
      bots.push(bot);
      return {
        ...bot,
        // What is typed before it has joined was not said to it.
        ready: async (timeoutMs = 30_000, { signed } = { signed: true }) => {
          await bot.ready(timeoutMs);
          await operator.waitFor(
            room,
            (all) => all.some((each) => each.type === "m.room.member" && each.sender === account.userId && each.content["membership"] === "join"),
            timeoutMs,
          );
          const encrypts = signed && options.room !== "clear" ? [operator, viewer, stranger] : [];
          for (const someone of encrypts)
            await someone.readyFor?.(account.userId).catch((error: unknown) => {
              throw new Error(`${String(error)}\n${bot.log()}`);
            });
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(bots.map((bot) => bot.kill()));
      for (const someone of [operator, viewer, stranger]) someone.stop?.();
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}
