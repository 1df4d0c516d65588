/** `opsroom crypto status`: whether people can read the bot in encrypted rooms, and be read. Also while it runs. */
import { describeEncryption, isWell } from "../matrix/crypto/identity/describe.ts";
import { encryptionFacts } from "../matrix/crypto/identity/facts.ts";
import type { CommandIo } from "./check.ts";
import { openDesk } from "./crypto-open.ts";

/** @returns the exit code: 0, or 1 when something needs a person. @throws ConfigMistakes, OpsroomError, MatrixFailure */
export async function runCryptoStatus({ file, json }: { readonly file: string; readonly json: boolean }, io: CommandIo, signal: AbortSignal): Promise<0 | 1> {
  await using desk = await openDesk(file, io);
  const facts = await encryptionFacts({ api: desk.api, read: desk.store.read }, signal);
  const lines = describeEncryption(facts);
  if (json) io.out(`${JSON.stringify({ ...facts, folder: desk.folder })}\n`);
  else
    io.out(
      [
        `${facts.user}, keys in ${desk.folder ?? "no folder: matrix.encryption.folder is not set"}`,
        ...lines.map(({ mark, text }) => `${mark} ${text}`),
        "",
      ].join("\n"),
    );
  return isWell(facts) ? 0 : 1;
}
