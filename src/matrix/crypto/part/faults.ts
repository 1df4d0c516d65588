/** What is wrong with the store of keys, as an error that a person can mend. */
import type { CryptoStoreFault } from "@matrix-org/matrix-sdk-crypto-nodejs";
import { OpsroomError, type ErrorCode } from "../../../errors.ts";

const codes: Readonly<Record<CryptoStoreFault, ErrorCode>> = {
  locked: "OPSROOM_CRYPTO_LOCKED",
  unusable: "OPSROOM_CRYPTO_UNUSABLE",
  closed: "OPSROOM_CRYPTO_UNUSABLE",
  corrupt: "OPSROOM_CRYPTO_CORRUPT",
  "other-owner": "OPSROOM_CRYPTO_OTHER_DEVICE",
  newer: "OPSROOM_CRYPTO_NEWER",
  passphrase: "OPSROOM_CRYPTO_PASSPHRASE",
};

/** @returns `undefined` for what is no fault of the store. */
export async function storeFault(thrown: unknown): Promise<OpsroomError | undefined> {
  if (thrown instanceof OpsroomError) return thrown;
  // Nothing but the class: importing it loads none of what is behind it.
  const { CryptoStoreError } = await import("@matrix-org/matrix-sdk-crypto-nodejs");
  if (!(thrown instanceof CryptoStoreError)) return undefined;
  const reset = thrown.fault === "corrupt" || thrown.fault === "other-owner" ? " `opsroom crypto reset` begins with new keys." : "";
  return new OpsroomError(codes[thrown.fault], thrown.message, `${thrown.remedy}${reset}`, { cause: thrown });
}

export const noFolder = (): OpsroomError =>
  new OpsroomError(
    "OPSROOM_CRYPTO_NO_FOLDER",
    "A room is encrypted, and the configuration names no folder for this device's keys.",
    "Set matrix.encryption.folder to a folder that outlives the process, and start again.",
  );

export const noDevice = (): OpsroomError =>
  new OpsroomError(
    "OPSROOM_CRYPTO_NO_FOLDER",
    "A room is encrypted, and the access token belongs to no device, so there is none that could have keys.",
    "Get a token with `opsroom login`: it makes a device.",
  );

export const otherKeys = (folder: string | undefined): OpsroomError =>
  new OpsroomError(
    "OPSROOM_CRYPTO_OTHER_DEVICE",
    `The keys in ${folder ?? "memory"} are not those that this device had before: the folder is empty or another one (a volume that is not mounted, another machine).`,
    "Bring the folder back, or run `opsroom crypto reset` to begin with new keys.",
  );

export const forgotten = (found: string): OpsroomError =>
  new OpsroomError(
    "OPSROOM_CRYPTO_FORGOTTEN",
    `${found}: its database, or the folder with our keys, was put back to an earlier time.`,
    "Stop Opsroom, run `opsroom crypto reset` and start again. Nothing was sent in clear.",
  );
