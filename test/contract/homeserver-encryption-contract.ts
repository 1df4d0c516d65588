/** What encryption relies on in a homeserver: the same assertions on the embedded one and on a real Synapse. */
import { afterAll, beforeAll, describe } from "vitest";
import type { ContractServer } from "./homeserver-contract.ts";
import { crossSigningContract } from "./homeserver-contract-cross-signing.ts";
import { deviceListsContract } from "./homeserver-contract-device-lists.ts";
import { devicesContract } from "./homeserver-contract-devices.ts";
import { keyBackupContract } from "./homeserver-contract-key-backup.ts";
import { keysContract } from "./homeserver-contract-keys.ts";
import { secretsContract } from "./homeserver-contract-secrets.ts";
import { signaturesContract } from "./homeserver-contract-signatures.ts";
import { toDeviceContract } from "./homeserver-contract-to-device.ts";
import { encryptionBed } from "./homeserver-encryption-bed.ts";

export function encryptionContract(name: string, start: () => Promise<ContractServer>): void {
  describe(`homeserver contract, encryption: ${name}`, () => {
    let server: ContractServer | undefined;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server?.close();
    });
    const bed = encryptionBed(() => {
      if (server === undefined) throw new Error("the server has not been started");
      return server;
    });
    keysContract(bed);
    toDeviceContract(bed);
    deviceListsContract(bed);
    crossSigningContract(bed);
    signaturesContract(bed);
    devicesContract(bed);
    keyBackupContract(bed);
    secretsContract(bed);
  });
}
