/** What can be wrong with the store of keys, in words for the person who has to mend it. */

/**
 * - `locked`: another process has it open.
 * - `corrupt`: it is damaged, or no store of keys at all.
 * - `other-owner`: it belongs to another user or device.
 * - `newer`: a newer version wrote it.
 * - `passphrase`: it needs one, has another, or has none.
 * - `unusable`: the file cannot be read or written (disk full, no permission); after a failed write the store has to be opened again.
 * - `closed`: it was closed by us.
 */
export type CryptoStoreFault = "locked" | "corrupt" | "other-owner" | "newer" | "passphrase" | "unusable" | "closed";

/** Neither its message nor its remedy has a key or a passphrase in it. */
export class CryptoStoreError extends Error {
  readonly fault: CryptoStoreFault;
  /** What a person does about it, one sentence. */
  readonly remedy: string;

  constructor(fault: CryptoStoreFault, found: string, remedy: string, options?: ErrorOptions) {
    super(found, options);
    this.name = "CryptoStoreError";
    this.fault = fault;
    this.remedy = remedy;
  }
}

export const corrupt = (file: string, found: string, cause?: unknown): CryptoStoreError =>
  new CryptoStoreError(
    "corrupt",
    `The store of encryption keys ${file} is damaged: ${found}.`,
    "Put the folder back from a backup of this very device, or reset encryption to begin with new keys.",
    { cause },
  );

export const closed = (file: string): CryptoStoreError => new CryptoStoreError("closed", `The store of encryption keys ${file} is closed.`, "Open it again.");

/** Says what SQLite's error means for this file. `during` is a gerund phrase: `opening it`. */
export function sqliteFault(file: string, during: string, thrown: unknown): CryptoStoreError {
  if (thrown instanceof CryptoStoreError) return thrown;
  const code = sqliteCode(thrown);
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new CryptoStoreError(
      "locked",
      `The store of encryption keys ${file} is in use by another process.`,
      "Only one process may use a device's keys: stop the other one, or give this one a device and a folder of its own.",
      { cause: thrown },
    );
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return corrupt(file, `SQLite says ${code} while ${during}`, thrown);
  return new CryptoStoreError(
    "unusable",
    `The store of encryption keys ${file} could not be used: ${code === "" ? String(thrown) : code} while ${during}.`,
    "Look at the disk's free space and at the permissions of the file and its folder, then start again.",
    { cause: thrown },
  );
}

const sqliteCode = (thrown: unknown): string =>
  thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && thrown.code.startsWith("SQLITE_") ? thrown.code : "";
