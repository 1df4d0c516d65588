/** A homeserver inside this process, for the sandbox and the tests. It behaves as Synapse 1.163 does where a bot can tell. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { systemClock, type Clock } from "../../clock.ts";
import { hashPassword } from "./accounts.ts";
import type { Core, Limits } from "./core.ts";
import { newDevice } from "./devices.ts";
import { FaultBoard, type Faults } from "./faults.ts";
import { openJournal } from "./journal.ts";
import { keyFaults, type KeyFaults } from "./keys/key-faults.ts";
import { RateLimiter, synapseDefaultLimit, type RateLimit } from "./rate-limit.ts";
import { buildSite } from "./site.ts";
import { ServerState } from "./state.ts";
import { typing } from "./typing.ts";
import { listenOnLoopback } from "../loopback.ts";

export interface HomeserverOptions {
  /** The part of a user id after the colon. */
  readonly serverName: string;
  readonly clock?: Clock;
  /** Tokens for messages, edits, reactions, state and membership together, a user; Synapse's default unless given. */
  readonly limits?: Limits;
  /** 0 or nothing: any free one. */
  readonly port?: number;
  /** Keeps everything in this file from one run to the next. */
  readonly dataFile?: string;
  /** What the federation version endpoint says. */
  readonly software?: { readonly name: string; readonly version: string };
  readonly onRequest?: (method: string, path: string) => void;
  readonly onBug?: (error: unknown) => void;
}

export interface Person {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

export interface PersonOptions {
  readonly displayName?: string;
  /** Without one they cannot log in again, only use the token. */
  readonly password?: string;
  readonly admin?: boolean;
}

export interface EmbeddedHomeserver extends AsyncDisposable, KeyFaults {
  /** `http://127.0.0.1:PORT`; stays the same over {@link down} and {@link up}. */
  readonly baseUrl: string;
  readonly serverName: string;
  /** Makes an account with a device, or another device for an account that is there already. */
  readonly createUser: (localpart: string, options?: PersonOptions) => Person;
  /** `undefined`: back to the server's own limit. */
  readonly setRateLimit: (userId: string, limit: RateLimit | "none" | undefined) => void;
  readonly faults: Faults;
  /** Closes the port and cuts every connection; what is known stays. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Down and up again, with the caches of a process lost as on a real restart. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Listens on 127.0.0.1 until closed. @throws when the port is taken or the data file cannot be read. */
export async function startHomeserver(options: HomeserverOptions): Promise<EmbeddedHomeserver> {
  const core = buildCore(options);
  const faults = new FaultBoard();
  const site = await buildSite({
    core,
    faults,
    software: options.software ?? { name: "Synapse", version: "1.163.2" },
    onRequest: options.onRequest ?? (() => undefined),
    onBug: options.onBug ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error))),
  });
  const server = createServer((request, response) => site.app.routing(request, response));
  const port = await listenOnLoopback(server, options.port ?? 0);

  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  const up = async (): Promise<void> => {
    if (!server.listening) await listenOnLoopback(server, port);
  };
  const forgetCaches = (): void => {
    site.transactions.clear();
    site.syncAnswers.clear();
    core.limiter.clear();
  };
  const close = async (): Promise<void> => {
    await down();
    await core.typing.close();
    await site.app.close();
  };
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    serverName: options.serverName,
    createUser: (localpart, wish) => createUser(core, localpart, wish ?? {}),
    setRateLimit: (userId, limit) =>
      core.state.commit({ kind: "rate-limit", userId, ...(limit === undefined ? {} : { limit: limit === "none" ? { perSecond: 0, burst: 0 } : limit }) }),
    faults,
    ...keyFaults(core, forgetCaches),
    down,
    up,
    restart: async () => {
      await down();
      forgetCaches();
      await up();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function buildCore(options: HomeserverOptions): Core {
  const clock = options.clock ?? systemClock;
  const state = new ServerState();
  if (options.dataFile !== undefined) state.keepIn(openJournal(options.dataFile, (change) => state.apply(change)));
  const typingChanged = (): number => {
    const position = state.nextPosition();
    state.wake();
    return position;
  };
  return {
    serverName: options.serverName,
    clock,
    state,
    typing: typing(clock, typingChanged),
    limiter: new RateLimiter(),
    limits: options.limits ?? synapseDefaultLimit,
    newId: (count) => Array.from(randomBytes(count), (byte) => letters[byte % letters.length]).join(""),
  };
}

function createUser(core: Core, localpart: string, { displayName, password, admin = false }: PersonOptions): Person {
  const userId = `@${localpart}:${core.serverName}`;
  const before = core.state.accounts.account(userId);
  if (before === undefined) {
    const passwordHash = password === undefined ? undefined : hashPassword(password);
    core.state.commit({ kind: "user", userId, displayName: displayName ?? localpart, passwordHash, admin });
  }
  const device = newDevice(core, userId, undefined);
  return { userId, accessToken: device.token, deviceId: device.deviceId };
}
