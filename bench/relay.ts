/** An Opsroom that only relays alerts, built and in a process of its own, and a room to show them in. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../test/scenarios/stage.ts";
import { alertSource, type AlertSource } from "../test/support/alert-source.ts";
import { startBot, type Bot } from "../test/support/bot.ts";
import { startCuttingProxy, type CuttingProxy } from "../test/support/cutting-proxy.ts";
import { person, type Account, type Person } from "../test/support/person.ts";
import { imageStart } from "./world.ts";

export interface RelayOptions {
  readonly homeserverUrl: string;
  readonly newAccount: (localpart: string) => Promise<Account>;
  /** The homeserver's limit for the bot; none by default. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number };
  /** Where its folder is made; the system's for temporary files by default. */
  readonly under?: string;
}

export interface Relay extends AsyncDisposable {
  readonly room: string;
  readonly operator: Person;
  readonly botAccount: Account;
  readonly source: AlertSource;
  /** Between the bot and its homeserver: when each message was taken there. */
  readonly proxy: CuttingProxy;
  readonly port: number;
  /** The source's bearer token. */
  readonly secret: string;
  /** Starts it; does not wait. @param more flags for Node, a profiler's for example */
  readonly start: (more?: readonly string[]) => Promise<Bot>;
}

const secret = "webhook-secret-of-the-bench";

export async function openRelay({ homeserverUrl, newAccount, rateLimit, under = tmpdir() }: RelayOptions): Promise<Relay> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(under, "opsroom-relay-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const proxy = stack.use(await startCuttingProxy(homeserverUrl));
  const tag = `${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const operator = person(homeserverUrl, await newAccount(`operator-${tag}`));
  const botAccount = await newAccount(`opsroom-${tag}`);
  const room = await operator.createRoom([botAccount.userId]);
  const files = { token: join(folder, "token"), webhook: join(folder, "webhook"), config: join(folder, "opsroom.yaml") };
  await writeFile(files.token, botAccount.accessToken, { mode: 0o600 });
  await writeFile(files.webhook, secret, { mode: 0o600 });
  const port = await freePort();
  const adminPort = await freePort();
  const config = {
    matrix: { homeserver: proxy.baseUrl, accessToken: { file: files.token }, rateLimit: rateLimit ?? "none" },
    rooms: [{ name: "ops", room, operators: { [operator.userId]: "operator" } }],
    store: { sqlite: { file: join(folder, "opsroom.db") } },
    alerts: { listen: { host: "127.0.0.1", port }, sources: [{ name: "prod", bearer: { file: files.webhook } }], defaultRoom: "ops" },
    admin: { host: "127.0.0.1", port: adminPort },
    log: { level: "warn" },
  };
  await writeFile(files.config, JSON.stringify(config));
  let bot: Bot | undefined;
  stack.defer(async () => bot?.kill());
  const releases = stack.move();
  return {
    room,
    operator,
    botAccount,
    proxy,
    port,
    secret,
    source: alertSource({ port, secret }),
    start: async (more = []) => {
      const { flags, env } = await imageStart();
      bot = startBot(files.config, adminPort, [...flags, ...more, "dist/opsroom.js"], env);
      return bot;
    },
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}
