import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSynapse } from "../bed/synapse.ts";
import { homeserverContract, type ContractServer } from "./homeserver-contract.ts";
import { encryptionContract } from "./homeserver-encryption-contract.ts";
import { synapseContractServer } from "./synapse-server.ts";

for (const contract of [homeserverContract, encryptionContract]) {
  contract("Synapse", async (): Promise<ContractServer> => {
    const folder = await mkdtemp(join(tmpdir(), "opsroom-contract-"));
    const synapse = await startSynapse({ dir: folder, rateLimits: "default-messages" });
    const server = await synapseContractServer(synapse);
    return {
      ...server,
      close: async () => {
        await server.close();
        await synapse.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}
