/** The recovery key in the file that the configuration names: read, or made once for an account that has none. */
import { randomBytes } from "node:crypto";
import { access, open } from "node:fs/promises";
import { readSecret, type SecretSource } from "../config/secrets.ts";
import { OpsroomError } from "../errors.ts";
import type { EstablishNeeds } from "../matrix/crypto/identity/establish.ts";
import type { Trouble } from "../matrix/crypto/identity/report.ts";
import { readRecoveryKey, writeRecoveryKey } from "../matrix/crypto/machine/recovery-key.ts";

/** @param file `undefined`: none is at hand, and none is made; `opsroom crypto init` shows one */
export function recoveryKeyIn(file: string | undefined, source: SecretSource): EstablishNeeds["recoveryKey"] {
  return async (vault) => {
    if (file === undefined) return undefined;
    const there = await isThere(file);
    if (typeof there !== "boolean") return there;
    if (there) return await read(file, source);
    if (vault !== "none")
      return {
        found: `The account has a recovery key, and it is not in ${file}`,
        remedy: `Write it there, or run \`opsroom crypto init --new-identity\` to begin anew.`,
      };
    return await make(file);
  };
}

async function read(file: string, source: SecretSource): Promise<Uint8Array | Trouble> {
  const text = await readSecret({ kind: "file", file }, source).catch((error: unknown): Trouble => {
    if (error instanceof OpsroomError) return { found: error.message, remedy: error.remedy };
    throw error;
  });
  if (typeof text !== "string") return text;
  const key = readRecoveryKey(text);
  return (
    key ?? { found: `${file} holds no recovery key: a character is missing, or another one`, remedy: "Write the key there as it was shown, in groups of four." }
  );
}

/** On the disk before anything is encrypted with it. */
async function make(file: string): Promise<Uint8Array | Trouble> {
  const key = randomBytes(32);
  try {
    await using handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${writeRecoveryKey(key)}\n`);
    await handle.sync();
    return key;
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return {
      found: `A recovery key could not be written to ${file} (${why}), so none was made`,
      remedy: "Let Opsroom write there, or run `opsroom crypto init` where it can.",
    };
  }
}

async function isThere(file: string): Promise<boolean | Trouble> {
  try {
    await access(file);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" ? false : { found: `${file} could not be read (${code})`, remedy: "Let Opsroom's user read it." };
  }
}
