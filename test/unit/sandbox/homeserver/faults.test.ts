import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod";
import { startHomeserver, type EmbeddedHomeserver, type Person } from "../../../../src/sandbox/homeserver/homeserver.ts";
import { chatClient, roomPath, type ChatClient } from "../../../../src/sandbox/client.ts";

let server: EmbeddedHomeserver;
let nadia: Person;
let client: ChatClient;
let room: string;
let onRequest: (path: string) => void;

/** Resolves when a request for such a path has reached the server. */
const arrival = (wanted: RegExp): Promise<void> =>
  new Promise((resolve) => {
    onRequest = (path) => {
      if (wanted.test(path)) resolve();
    };
  });

beforeEach(async () => {
  onRequest = () => undefined;
  server = await startHomeserver({ serverName: "opsroom.test", limits: "none", onRequest: (_method, path) => onRequest(path) });
  nadia = server.createUser("nadia");
  client = chatClient({ baseUrl: server.baseUrl, tries: 1, ...nadia });
  room = await client.createRoom({});
});
afterEach(async () => {
  await server.close();
});

const put = async (transaction: string, deadlineMs = 5000): Promise<Response> =>
  fetch(`${server.baseUrl}${roomPath(room)}/send/m.room.message/${transaction}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${nadia.accessToken}` },
    body: JSON.stringify({ msgtype: "m.text", body: transaction }),
    signal: AbortSignal.timeout(deadlineMs),
  });
const page = z.object({ chunk: z.array(z.object({ content: z.looseObject({ body: z.string().optional() }) })) });
const said = async (): Promise<unknown[]> => {
  const { chunk } = page.parse(await client.request("GET", `${roomPath(room)}/messages?dir=b&limit=100`));
  return chunk.map((event) => event.content.body).filter((body) => body !== undefined);
};

test("a reply cut off after the message was stored: sending it again is the same message", async () => {
  server.faults.next({ path: /\/send\//u, kind: "cut-reply" });

  await expect(put("t1")).rejects.toThrow("fetch failed");
  expect((await put("t1")).status).toBe(200);

  expect(await said()).toEqual(["t1"]);
});

test("a connection dropped before the message was stored: nothing was said", async () => {
  server.faults.next({ path: /\/send\//u, kind: "drop" });

  await expect(put("t1")).rejects.toThrow("fetch failed");

  expect(await said()).toEqual([]);
});

test("an ingress's 502 is no JSON, and only the requests named meet it", async () => {
  const fault = server.faults.next({ path: /\/send\//u, method: "PUT", kind: "502-html", times: 2 });

  const [first, second, third] = [await put("t1"), await put("t1"), await put("t1")];

  expect([first.status, second.status, third.status]).toEqual([502, 502, 200]);
  expect(await first.text()).toContain("<html>");
  expect(fault.hits()).toBe(2);
});

test("a 429 says how long to wait in the header, in the body, or in both", async () => {
  for (const retryAfterIn of ["header", "body", "both"] as const) server.faults.next({ path: /\/send\//u, kind: "429", retryAfterMs: 1500, retryAfterIn });
  const told = async (): Promise<unknown> => {
    const response = await put("t1");
    const body = z.object({ retry_after_ms: z.number().optional() }).parse(await response.json());
    return [response.status, response.headers.get("retry-after"), body.retry_after_ms];
  };

  expect([await told(), await told(), await told()]).toEqual([
    [429, "2", undefined],
    [429, null, 1500],
    [429, "2", 1500],
  ]);
});

test("a revoked token is answered as such", async () => {
  server.faults.next({ path: /whoami/u, kind: "401" });

  await expect(client.request("GET", "/_matrix/client/v3/account/whoami")).rejects.toMatchObject({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
});

test("a hanging request ends only when the client gives up or the server goes down", async () => {
  server.faults.next({ path: /\/send\//u, kind: "hang", times: 2 });

  await expect(put("t1", 50)).rejects.toThrow("timeout");
  const arrived = arrival(/t2$/u);
  const [outcome] = await Promise.allSettled([put("t2"), arrived.then(() => server.restart())]);
  expect(outcome.status).toBe("rejected");

  expect(await said()).toEqual([]);
});

test("a slow answer comes all the same", async () => {
  server.faults.next({ path: /\/send\//u, kind: "slow", ms: 30 });

  expect((await put("t1")).status).toBe(200);
});

test("down, nobody answers; up again at the same address, all is still known and a transaction id too", async () => {
  const first = await client.send(room, "m.room.message", { msgtype: "m.text", body: "before" }, "t1");

  await server.down();
  await expect(put("t2")).rejects.toThrow("fetch failed");
  await server.up();
  await server.restart();

  expect(await client.send(room, "m.room.message", { msgtype: "m.text", body: "before" }, "t1")).toBe(first);
  expect(await said()).toEqual(["before"]);
});

test("a long poll is cut when the server goes down", async () => {
  const sync = await client.request("GET", "/_matrix/client/v3/sync");
  const since = typeof sync === "object" && sync !== null && "next_batch" in sync ? String(sync.next_batch) : "";
  const arrived = arrival(/sync$/u);
  const poll = client.request("GET", `/_matrix/client/v3/sync?timeout=60000&since=${since}`);

  const [outcome] = await Promise.allSettled([poll, arrived.then(() => server.down())]);

  expect(outcome.status).toBe("rejected");
});
