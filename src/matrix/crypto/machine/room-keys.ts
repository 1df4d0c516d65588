/** Room keys in a file, encrypted with a passphrase: the format that Element exports and imports. */
import type { OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";

/** Rounds of PBKDF2, as Element uses. */
const rounds = 500_000;

export class RoomKeys {
  readonly #open: OpenMachine;

  constructor(open: OpenMachine) {
    this.#open = open;
  }

  async count(): Promise<number> {
    const { total } = await this.#open.run((machine) => machine.roomKeyCounts());
    return total;
  }

  /** All of them, as text. Takes the processor for some tenths of a second. */
  async export(passphrase: string): Promise<string> {
    const { wasm, run } = this.#open;
    const keys = await run((machine) => machine.exportRoomKeys(() => true));
    return wasm.OlmMachine.encryptExportedRoomKeys(keys, passphrase, rounds);
  }

  /** What is decrypted with them has the trust `not-authentic`. @throws Error when the passphrase is wrong or the text is no export */
  async import(text: string, passphrase: string): Promise<{ readonly imported: number; readonly total: number }> {
    const { wasm, run } = this.#open;
    const keys = wasm.OlmMachine.decryptExportedRoomKeys(text, passphrase);
    const { importedCount, totalCount } = await run((machine) => machine.importExportedRoomKeys(keys, () => undefined));
    return { imported: importedCount, total: totalCount };
  }
}
