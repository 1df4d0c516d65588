/** `opsroom crypto reset`: puts the keys aside and makes a new device ready, for when the old keys are lost or the homeserver does not know them any more. */
import { rename } from "node:fs/promises";
import { encryptionFacts } from "../matrix/crypto/identity/facts.ts";
import { accountPassword, openDesk, takeLease, type CryptoDesk, type CryptoIo } from "./crypto-open.ts";
import { CommandFailure } from "./failure.ts";
import { logIn, logOut } from "./login-request.ts";
import { reserveTokenFile } from "./token-file.ts";

export interface CryptoResetOptions {
  readonly file: string;
  readonly passwordFile: string | undefined;
  /** Do not ask. */
  readonly yes: boolean;
  /** For the name of the copy. */
  readonly now: Date;
}

/** @returns the exit code: 0 done, 1 not wanted. Nothing is deleted. @throws ConfigMistakes, OpsroomError, MatrixFailure, CommandFailure */
export async function runCryptoReset({ file, passwordFile, yes, now }: CryptoResetOptions, io: CryptoIo, signal: AbortSignal): Promise<0 | 1> {
  await using desk = await openDesk(file, io);
  const { folder, store } = desk;
  if (folder === undefined) throw new CommandFailure("The configuration names no folder for keys", "Set matrix.encryption.folder.");
  await using _lease = await takeLease(desk);
  const facts = await encryptionFacts({ api: desk.api, read: store.read }, signal);
  const known = await store.read.cryptoDevice();
  const used = facts.keys !== "unused" || (known !== undefined && known.device === facts.device);
  io.out(
    [
      `${facts.user}, device ${facts.device ?? "none"}, keys in ${folder}`,
      "A reset moves that folder aside and begins with new keys" + (used ? " on a new device: the account's password is needed." : "."),
      facts.hasRecovery
        ? "With the recovery key in matrix.encryption.recoveryKeyFile identity and old room keys come back at the next start."
        : "There is no recovery key: everybody who verified the account has to do it again.",
      "",
    ].join("\n"),
  );
  if (!yes && (await io.ask('Type "reset" to go on: ')).trim() !== "reset") {
    io.err("Nothing was changed.\n");
    return 1;
  }
  const device = used ? await newDevice(desk, facts.user, passwordFile, io, signal) : facts.device;
  const copy = `${folder}.${now.toISOString().replaceAll(/[:.]/gu, "-")}`;
  const moved = await rename(folder, copy).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
  await store.write((tx) => tx.forgetCryptoDevice());
  io.out(`${moved ? `the old keys are in ${copy}\n` : ""}device ${device ?? "none"} is ready: start Opsroom, or run opsroom crypto init first\n`);
  return 0;
}

/** A device's keys are uploaded once: new ones need a new device. The token takes the old one's place before anything else changes. */
async function newDevice(
  { config, accessToken }: CryptoDesk,
  user: Parameters<typeof logIn>[1]["user"],
  passwordFile: string | undefined,
  io: CryptoIo,
  signal: AbortSignal,
): Promise<string> {
  const { homeserver, accessToken: place } = config.matrix;
  if (place.kind !== "file")
    throw new CommandFailure(
      "The access token is in an environment variable, which cannot be replaced from here",
      "Get another token with `opsroom login`, set it, and run this again: it does the rest.",
    );
  await using reserved = await reserveTokenFile(place.file, true).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    throw new CommandFailure(
      error.message,
      "Get another token with `opsroom login`, put it where the configuration names it, and run this again: it does the rest.",
    );
  });
  const source = { env: io.env, warn: (warning: string) => io.err(`warning: ${warning}\n`) };
  const password = await accountPassword(user, passwordFile, source, io);
  const answer = await logIn(homeserver, { user, password, deviceName: "Opsroom" }, signal);
  await reserved.keep(answer.accessToken);
  await logOut(homeserver, accessToken, signal).catch(() => io.err("the old device could not be logged out: do it by hand\n"));
  return answer.device;
}
