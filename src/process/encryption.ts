/** Encrypted rooms as the process has them: the keys' folder and passphrase from the configuration, and the chat's view of what was read. */
import type { Decipher } from "../chat/dispatch-encrypted.ts";
import type { Line } from "../chat/line.ts";
import type { FactLine } from "../matrix/crypto/identity/describe.ts";
import { cryptoFolder } from "../config/crypto-folder.ts";
import type { Config } from "../config/schema/root.ts";
import { readSecret, type SecretSource } from "../config/secrets.ts";
import { OpsroomError } from "../errors.ts";
import { openCryptoMachine } from "../matrix/crypto/machine/open.ts";
import { noFolder } from "../matrix/crypto/part/faults.ts";
import type { KeeperNeeds } from "../matrix/crypto/part/keeper.ts";
import type { CryptoPart } from "../matrix/crypto/part/part.ts";
import { whileHeapGrows } from "./heap.ts";

/** Opens nothing before it is called. */
export function keysIn(config: Pick<Config, "matrix" | "store">, source: SecretSource): Pick<KeeperNeeds, "openMachine" | "folder"> {
  const folder = cryptoFolder(config);
  return {
    folder,
    openMachine: async (user, device) => {
      if (folder === undefined) throw noFolder();
      const { passphrase } = config.matrix.encryption;
      const secret = passphrase === undefined ? undefined : await readSecret(passphrase, source);
      return await whileHeapGrows(async () => await openCryptoMachine({ user, device, folder, passphrase: secret }));
    },
  };
}

/** What the chat needs to know of a decryption. */
export function decipherWith(part: Pick<CryptoPart, "decipher">): Decipher {
  return async (event, signal) => {
    const session = sessionOf(event.content);
    try {
      const read = await part.decipher(event, signal);
      if (read.kind === "decrypted") return { ...read, kind: "read" };
      if (read.why === "no-key" || read.why === "key-starts-later")
        return {
          kind: "no-key",
          session: read.session ?? session,
          withheld: read.withheld === undefined ? undefined : `${read.withheld.words} (${read.withheld.code})`,
        };
      return { kind: "refused", why: `${read.why}: ${read.detail.slice(0, 200)}` };
    } catch (error) {
      if (error instanceof OpsroomError && error.code.startsWith("OPSROOM_CRYPTO")) return { kind: "unavailable", session };
      throw error;
    }
  };
}

function sessionOf({ session_id: session }: Readonly<Record<string, unknown>>): string {
  return typeof session === "string" ? session.slice(0, 200) : "?";
}

/** For the room: what is wrong first. */
export function encryptionLines(facts: readonly FactLine[]): readonly Line[] {
  const worst = ["🔴", "🟡", "⚪", "🟢"];
  return facts.toSorted((a, b) => worst.indexOf(a.mark) - worst.indexOf(b.mark)).map(({ mark, text }) => ({ text: `${mark} ${text}` }));
}
