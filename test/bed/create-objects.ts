/** Creates thousands of objects through the API, many at a time; kubectl sends one after the other. */
import { Agent, request } from "node:https";

export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const connections = 16;

/** @throws on the first refusal, with the API server's words. */
export async function createObjects(url: string, objects: readonly object[], credentials: Credentials): Promise<void> {
  const agent = new Agent({ ...credentials, keepAlive: true, maxSockets: connections });
  const waiting = objects.values();
  const work = async (): Promise<void> => {
    for (const object of waiting) await post(url, JSON.stringify(object), agent);
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
}

async function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent, headers: { "content-type": "application/json" }, timeout: 60_000 }, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        if (answer.length < 500) answer += chunk;
      });
      response.on("error", reject).on("end", () => {
        if (response.statusCode === 201) resolve();
        else reject(new Error(`POST ${url}: ${response.statusCode} ${answer.slice(0, 500)}`));
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`POST ${url}: no answer`))).on("error", reject);
    sent.end(body);
  });
}
