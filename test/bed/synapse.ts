/** A real Synapse on loopback: SQLite, no federation, nothing goes out. */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { built } from "./paths.ts";
import { freePorts, startProcess, waitFor, type OwnedProcess } from "./process.ts";
import { synapseConfig, type RateLimits } from "./synapse-config.ts";

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
  readonly password: string;
}

export interface Homeserver extends AsyncDisposable {
  readonly baseUrl: string;
  readonly serverName: string;
  /** A new account with a device, as a person who logs in has one. */
  readonly registerUser: (localpart: string, options?: { readonly admin?: boolean }) => Promise<Account>;
  readonly stop: () => Promise<void>;
}

export interface Synapse extends Homeserver {
  /** Starts again on the same port with the same data. */
  readonly start: () => Promise<void>;
  /** Keeps its database as it is now; it is down for a moment. @returns how to put that back, as from a backup; it is down for a moment again */
  readonly keep: () => Promise<() => Promise<void>>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  readonly logFile: string;
  /** By which accounts can be registered. */
  readonly sharedSecret: string;
}

export interface SynapseOptions {
  /** Holds configuration, database and log; made when missing, kept by `stop`. */
  readonly dir: string;
  /** Synapse's own limits, or limits that no test reaches. */
  readonly rateLimits: RateLimits;
  readonly port?: number;
}

/** Starts Synapse and resolves when it answers. @throws with the tail of its log when it does not. */
export async function startSynapse({ dir, rateLimits, port: wanted }: SynapseOptions): Promise<Synapse> {
  const python = built("synapse", "bin", "python");
  const port = wanted ?? (await freePorts("http"))("http");
  const baseUrl = `http://127.0.0.1:${port}`;
  const serverName = "opsroom.test";
  const sharedSecret = randomBytes(16).toString("hex");
  const logFile = join(dir, "synapse.log");
  const configFile = join(dir, "homeserver.json");
  mkdirSync(dir, { recursive: true });
  const config = synapseConfig({ dir, port, serverName, rateLimits, sharedSecret });
  for (const [file, content] of Object.entries(config)) {
    if (file !== "signing.key" || !existsSync(join(dir, file))) writeFileSync(join(dir, file), content, { mode: 0o600 });
  }

  let server: OwnedProcess | undefined;
  const start = async (): Promise<void> => {
    if (server?.running()) return;
    const started = startProcess({ name: "synapse", command: [python, "-m", "synapse.app.homeserver", "-c", configFile], logFile });
    server = started;
    await waitFor("Synapse answers", 60_000, [started], async () => {
      const response = await fetch(`${baseUrl}/_matrix/client/versions`, { signal: AbortSignal.timeout(5000) });
      return response.ok || undefined;
    }).catch(async (error: unknown) => {
      await started.stop("SIGKILL");
      throw error;
    });
  };
  const stop = async (): Promise<void> => server?.stop();
  const stopped = async (act: () => Promise<void>): Promise<void> => {
    await stop();
    await act();
    await start();
  };
  const [database, kept] = [join(dir, "homeserver.db"), join(dir, "homeserver.db.kept")];
  await start();
  return {
    baseUrl,
    serverName,
    logFile,
    sharedSecret,
    start,
    stop,
    // Stopped, SQLite has put its log into the file.
    keep: async () => {
      await stopped(() => copyFile(database, kept));
      return () => stopped(() => copyFile(kept, database));
    },
    kill: async () => server?.stop("SIGKILL"),
    registerUser: async (localpart, { admin = false } = {}) => {
      const password = randomBytes(16).toString("hex");
      await registerWithSecret({ baseUrl, sharedSecret, localpart, password, admin });
      return login(baseUrl, localpart, password);
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface Registration {
  readonly baseUrl: string;
  readonly sharedSecret: string;
  readonly localpart: string;
  readonly password: string;
  readonly admin: boolean;
}

/** https://element-hq.github.io/synapse/latest/admin_api/register_api.html */
async function registerWithSecret({ baseUrl, sharedSecret, localpart, password, admin }: Registration): Promise<void> {
  const url = `${baseUrl}/_synapse/admin/v1/register`;
  const { nonce } = z.object({ nonce: z.string() }).parse(await call("GET", url));
  const mac = createHmac("sha1", sharedSecret)
    .update([nonce, localpart, password, admin ? "admin" : "notadmin"].join("\0"))
    .digest("hex");
  await call("POST", url, { nonce, username: localpart, password, admin, mac });
}

/** Logs in by password; the answer has a device id. */
export async function login(baseUrl: string, user: string, password: string): Promise<Account> {
  const answer = await call("POST", `${baseUrl}/_matrix/client/v3/login`, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
  });
  const { user_id, access_token, device_id } = z.object({ user_id: z.string(), access_token: z.string(), device_id: z.string() }).parse(answer);
  return { userId: user_id, accessToken: access_token, deviceId: device_id, password };
}

/** One JSON call to a homeserver. @throws with the status and the server's own error when it is refused. */
export async function call(method: string, url: string, body?: unknown, accessToken?: string): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as unknown;
}
