/** Says which version a homeserver runs, as `/_matrix/federation/v1/version` does: the sandbox asks nobody outside this machine. */
import { createServer } from "node:http";
import { listenOnLoopback } from "./loopback.ts";

export interface FederationAnswer extends AsyncDisposable {
  readonly address: string;
}

export async function answerFederation(version: string): Promise<FederationAnswer> {
  const server = createServer((request, response) => {
    const known = request.url === "/_matrix/federation/v1/version";
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? { server: { name: "Synapse", version } } : { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" }));
  });
  const port = await listenOnLoopback(server, 0);
  return {
    address: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
