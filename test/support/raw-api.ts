/** Asks an embedded cluster's API as kubectl does, without Opsroom's client between. */
import { request } from "node:https";
import type { EmbeddedCluster } from "../../src/sandbox/cluster/cluster.ts";

export interface RawAnswer {
  readonly status: number;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
}

export async function ask(
  api: Pick<EmbeddedCluster, "ca" | "server" | "token">,
  method: "DELETE" | "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    // Node frames the body of a DELETE only when it is told its length.
    const headers = { authorization: `Bearer ${api.token}`, "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request(`${api.server}${path}`, { method, ca: api.ca, agent: false, headers }, (answer) => {
      let said = "";
      answer.on("data", (chunk) => (said += String(chunk)));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: said.startsWith("{") ? JSON.parse(said) : said }));
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
