import { startHomeserver } from "../../src/sandbox/homeserver/homeserver.ts";
import { homeserverContract } from "./homeserver-contract.ts";

homeserverContract("embedded", async () => {
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
