/** `opsroom login`: gets the bot a device and an access token of its own, and writes the token where only its owner can read it. */
import { readSecret } from "../config/secrets.ts";
import { isSafeAddress } from "../config/schema/pieces.ts";
import { OpsroomError } from "../errors.ts";
import { isUserId, type UserId } from "../ids.ts";
import { askPassword } from "./ask-password.ts";
import type { CommandIo } from "./check.ts";
import { CommandFailure } from "./failure.ts";
import { logIn, logOut } from "./login-request.ts";
import { reserveTokenFile } from "./token-file.ts";

export interface LoginOptions {
  /** Base address of the client API. */
  readonly homeserver: string;
  readonly user: string;
  readonly tokenFile: string;
  readonly deviceName?: string;
  /** Where the password is; without it, `OPSROOM_PASSWORD`, and without that it is asked for. */
  readonly passwordFile?: string;
  /** Replace a token file that is there. */
  readonly force?: boolean;
}

export interface LoginIo extends CommandIo {
  /** Asks without showing what is typed; on the terminal by default. */
  readonly askPassword?: (question: string) => Promise<string>;
  readonly signal?: AbortSignal;
}

/** @returns the exit code: 0 done, 1 refused or failed, 2 called wrongly. Neither password nor token is ever printed. */
export async function runLogin(options: LoginOptions, io: LoginIo): Promise<0 | 1 | 2> {
  const { user } = options;
  if (!isSafeAddress(options.homeserver, { insideCluster: false }))
    return wrong(io, "--homeserver takes an address such as https://matrix.example.org (http only to this machine)");
  if (!isUserId(user)) return wrong(io, "--user takes a Matrix user id such as @opsroom:example.org");
  try {
    return await login({ ...options, user, homeserver: options.homeserver.replace(/\/+$/u, "") }, io);
  } catch (error) {
    if (!(error instanceof CommandFailure || error instanceof OpsroomError)) throw error;
    io.err(`${error.message}\n${error.remedy}\n`);
    return 1;
  }
}

async function login(options: LoginOptions & { readonly user: UserId }, io: LoginIo): Promise<0 | 1> {
  const { signal = new AbortController().signal } = io;
  const { homeserver, user, tokenFile, force = false, deviceName = "Opsroom" } = options;
  // First the file, then the password, then the device: no device is made whose token could not be kept.
  await using reserved = await reserveTokenFile(tokenFile, force);
  const password = await passwordFor(options, io);
  const answer = await logIn(homeserver, { user, password, deviceName }, signal);
  try {
    if (answer.user !== user) throw new CommandFailure(`The homeserver logged in ${answer.user} instead of ${user}`, "Check --homeserver and --user.");
    await reserved.keep(answer.accessToken);
  } catch (error) {
    await logOut(homeserver, answer.accessToken, signal).catch(() => io.err(`device ${answer.device} stays behind: log it out by hand\n`));
    throw error;
  }
  io.out(`logged in as ${user}, device ${answer.device}\nthe access token is in ${tokenFile} (mode 0600)\n`);
  io.out("for encrypted rooms run `opsroom crypto init --config FILE` next, before the first start\n");
  return 0;
}

async function passwordFor({ passwordFile, user }: LoginOptions, io: LoginIo): Promise<string> {
  const source = { env: io.env, warn: (warning: string) => io.err(`warning: ${warning}\n`) };
  if (passwordFile !== undefined) return readSecret({ kind: "file", file: passwordFile }, source);
  if (io.env["OPSROOM_PASSWORD"] !== undefined) return readSecret({ kind: "env", name: "OPSROOM_PASSWORD" }, source);
  const ask = io.askPassword ?? ((question: string) => askPassword({ input: process.stdin, output: process.stderr }, question));
  return ask(`Password of ${user}: `);
}

function wrong(io: CommandIo, text: string): 2 {
  io.err(`${text}\n`);
  return 2;
}
