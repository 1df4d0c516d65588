/** What the commands about encryption work with: the configuration, the homeserver, the database. */
import { cryptoFolder } from "../config/crypto-folder.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema/root.ts";
import { readSecret, type SecretSource } from "../config/secrets.ts";
import type { MatrixApi } from "../matrix/api.ts";
import { createMatrixApi } from "../matrix/sdk-api.ts";
import { createLog } from "../observe/log.ts";
import { openConfiguredStore } from "../process/open-store.ts";
import type { Store } from "../store/store.ts";
import type { CommandIo } from "./check.ts";
import { CommandFailure } from "./failure.ts";

export interface CryptoDesk extends AsyncDisposable {
  readonly config: Config;
  readonly api: MatrixApi;
  readonly store: Store;
  readonly source: SecretSource;
  readonly accessToken: string;
  /** `undefined` when the configuration names none. */
  readonly folder: string | undefined;
}

export interface CryptoIo extends CommandIo {
  /** Asks on the terminal without showing what is typed. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Asks on the terminal. */
  readonly ask: (question: string) => Promise<string>;
}

/** @throws ConfigMistakes, OpsroomError */
export async function openDesk(configFile: string, { env, err }: CommandIo): Promise<CryptoDesk> {
  const config = await loadConfig(configFile);
  const source: SecretSource = { env, warn: (warning) => err(`warning: ${warning}\n`) };
  const accessToken = await readSecret(config.matrix.accessToken, source);
  const api = await createMatrixApi({ homeserver: config.matrix.homeserver, accessToken });
  const store = await openConfiguredStore(config, env, createLog("error"));
  return { config, api, store, source, accessToken, folder: cryptoFolder(config), [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

const leaseMs = 60_000;

/** Nobody else acts meanwhile. @throws CommandFailure when somebody does */
export async function takeLease({ store }: Pick<CryptoDesk, "store">): Promise<AsyncDisposable> {
  if ((await store.lease.acquire(`opsroom crypto/${process.pid}`, leaseMs)) === undefined)
    throw new CommandFailure("Opsroom is running with this database, or ended by force a moment ago", "Stop it, wait 15 s, and try again.");
  return { [Symbol.asyncDispose]: () => store.lease.release() };
}

/** The account's password: from its file, from OPSROOM_PASSWORD, or from the terminal. */
export async function accountPassword(user: string, passwordFile: string | undefined, source: SecretSource, io: CryptoIo): Promise<string> {
  if (passwordFile !== undefined) return await readSecret({ kind: "file", file: passwordFile }, source);
  if (io.env["OPSROOM_PASSWORD"] !== undefined) return await readSecret({ kind: "env", name: "OPSROOM_PASSWORD" }, source);
  return await io.askSecret(`Password of ${user}: `);
}
