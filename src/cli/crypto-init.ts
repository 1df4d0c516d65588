/** `opsroom crypto init`: makes and publishes the device's keys, the account's identity, its recovery key and backup, with a person at hand. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { UserId } from "../ids.ts";
import { establish, type EstablishNeeds } from "../matrix/crypto/identity/establish.ts";
import { readRecoveryKey, writeRecoveryKey } from "../matrix/crypto/machine/recovery-key.ts";
import type { CryptoMachine } from "../matrix/crypto/machine/machine.ts";
import { createCryptoPart, type CryptoPart } from "../matrix/crypto/part/part.ts";
import { createLog } from "../observe/log.ts";
import { keysIn } from "../process/encryption.ts";
import { recoveryKeyIn } from "../process/recovery-key.ts";
import { accountPassword, openDesk, takeLease, type CryptoDesk, type CryptoIo } from "./crypto-open.ts";
import { CommandFailure } from "./failure.ts";

export interface CryptoInitOptions {
  readonly file: string;
  readonly passwordFile: string | undefined;
  /** Replace an identity, a recovery key or a backup that cannot be used. */
  readonly newIdentity: boolean;
}

const mostRounds = 10;

/** @returns the exit code: 0 when this device is signed @throws ConfigMistakes, OpsroomError, MatrixFailure, CommandFailure */
export async function runCryptoInit({ file, passwordFile, newIdentity }: CryptoInitOptions, io: CryptoIo, signal: AbortSignal): Promise<0 | 1> {
  await using desk = await openDesk(file, io);
  await using _lease = await takeLease(desk);
  const { user, device } = await desk.api.whoAmI(signal);
  await using part = cryptoPart(desk, user, device);
  const machine = await part.open();
  await publishKeys(machine, part, signal);
  const { device: standing } = await machine.identity.judge(await part.send(await machine.identity.query(), signal));
  if (standing !== "ours") throw new CommandFailure("The homeserver has other keys for this device, or does not keep them", "Run `opsroom crypto reset`.");

  const place = recoveryKeyFor(desk, newIdentity, io);
  const password = (): Promise<string> => accountPassword(user, passwordFile, desk.source, io);
  const report = await establish({ user, machine, request: desk.api.request, send: part.send, recoveryKey: place.key, password, replace: newIdentity }, signal);
  for (const { found, remedy } of report.troubles) io.err(`${found}.\n${remedy}\n`);
  if (report.signed) io.out(`device ${machine.device} of ${user} is signed; backup: ${report.backup}; recovery key: ${report.recovery}\n`);
  const made = place.made();
  if (made !== undefined && report.recovery === "at-hand")
    io.out(`\nThe account's recovery key, shown this once. Keep it where the bot's keys are not:\n\n    ${made}\n\n`);
  return report.signed ? 0 : 1;
}

function cryptoPart({ config, api, store, source }: CryptoDesk, account: UserId, device: Parameters<typeof createCryptoPart>[0]["device"]): CryptoPart {
  return createCryptoPart({
    ...keysIn(config, source),
    api,
    store,
    account,
    device,
    clock: systemClock,
    random: Math.random,
    log: createLog("error"),
    accept: config.matrix.encryption.accept,
    mustBeEncrypted: () => undefined,
    onKeys: () => undefined,
    onFault: () => undefined,
  });
}

async function publishKeys(machine: CryptoMachine, part: CryptoPart, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const requests = (await machine.outgoing()).filter(({ kind }) => kind === "keys-upload" || kind === "keys-query");
    if (requests.length === 0) return;
    for (const request of requests) await part.send(request, signal);
  }
}

/** From the file that is configured; else asked for where the account has one, and made where it has none. */
function recoveryKeyFor(
  { config, source }: CryptoDesk,
  replace: boolean,
  io: CryptoIo,
): { readonly key: EstablishNeeds["recoveryKey"]; readonly made: () => string | undefined } {
  const file = config.matrix.encryption.recoveryKeyFile;
  let shown: string | undefined;
  if (file !== undefined) {
    const inFile = recoveryKeyIn(file, source);
    return { key: (vault, signal) => inFile(replace ? "none" : vault, signal), made: () => undefined };
  }
  return {
    made: () => shown,
    key: async (vault) => {
      if (vault === "none" || replace) {
        const key = randomBytes(32);
        shown = writeRecoveryKey(key);
        return key;
      }
      const typed = await io.askSecret("The account's recovery key: ");
      return (
        readRecoveryKey(typed) ?? {
          found: "That is no recovery key: a character is missing, or another one",
          remedy: "Try again, or begin anew with --new-identity.",
        }
      );
    },
  };
}
