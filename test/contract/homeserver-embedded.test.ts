import { startHomeserver } from "../../src/sandbox/homeserver/homeserver.ts";
import { homeserverContract, type ContractServer } from "./homeserver-contract.ts";
import { encryptionContract } from "./homeserver-encryption-contract.ts";

for (const contract of [homeserverContract, encryptionContract]) {
  contract("embedded", async (): Promise<ContractServer> => {
    const server = await startHomeserver({ serverName: "opsroom.test" });
    return {
      baseUrl: server.baseUrl,
      close: server.close,
      makeUser: async (localpart, { limited = false, admin = false, password } = {}) => {
        const person = server.createUser(localpart, { admin, ...(password === undefined ? {} : { password }) });
        if (!limited) server.setRateLimit(person.userId, "none");
        return person;
      },
    };
  });
}
