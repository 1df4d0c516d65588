import { expect, test } from "vitest";
import { parseEventId, parseRoomId } from "../../../src/ids.ts";
import type { MatrixApi } from "../../../src/matrix/api.ts";
import { MatrixFailure } from "../../../src/matrix/failure.ts";
import { createMatrixApi } from "../../../src/matrix/sdk-api.ts";
import { nadia } from "../../support/events.ts";
import { json, scriptedServer, type Asked } from "./scripted-server.ts";
import type { ServerResponse } from "node:http";

const accessToken = "syt_secret_token";
const room = parseRoomId("!y0Hu-_opaque+room/of=v12");
const signal = new AbortController().signal;

async function against(answer: (asked: Asked, response: ServerResponse) => void): Promise<{ api: MatrixApi; asked: readonly Asked[] }> {
  const server = await scriptedServer(answer);
  return { api: await createMatrixApi({ homeserver: server.url, accessToken }), asked: server.asked };
}

async function failureOf(call: Promise<unknown>): Promise<MatrixFailure> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof MatrixFailure) return error;
  throw new Error("no MatrixFailure", { cause: error });
}

test("an event goes out under our transaction id, and a version 12 room id stays whole", async () => {
  const { api, asked } = await against((_, response) => json(response, 200, { event_id: "$sent" }));

  const event = await api.send(room, "m.room.message", "txn1", { body: "hello" }, signal);

  expect(event).toBe("$sent");
  expect(asked[0]).toMatchObject({
    method: "PUT",
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/txn1`,
    body: '{"body":"hello"}',
    headers: { authorization: `Bearer ${accessToken}` },
  });
});

test("a sync takes its token along and asks for what we need only", async () => {
  const { api, asked } = await against((_, response) => json(response, 200, { next_batch: "s2" }));

  expect(await api.sync({ since: "s1", waitMs: 30_000 }, signal)).toEqual({ next_batch: "s2" });
  expect(asked[0]?.query.get("since")).toBe("s1");
  expect(asked[0]?.query.get("timeout")).toBe("30000");
  expect(JSON.parse(asked[0]?.query.get("filter") ?? "")).toMatchObject({ presence: { types: [] }, room: { timeline: { limit: 100 } } });
});

test.each([
  ["the header in seconds", { "Retry-After": "7" }, {}, 7000],
  ["the header before the body", { "Retry-After": "7" }, { retry_after_ms: 2000 }, 7000],
  ["the body alone", {}, { retry_after_ms: 2500 }, 2500],
  ["neither", {}, {}, undefined],
])("the wait after 429 is read from %s", async (_, headers, body, expected) => {
  const { api } = await against((__, response) => json(response, 429, { errcode: "M_LIMIT_EXCEEDED", error: "slow", ...body }, headers));

  const failure = await failureOf(api.whoAmI(signal));

  expect(failure.kind).toBe("limited");
  expect(failure.retryAfterMs).toBe(expected);
});

test("the wait may be given as a date", async () => {
  const { api } = await against((_, response) => json(response, 429, {}, { "Retry-After": new Date(Date.now() + 20_000).toUTCString() }));

  const failure = await failureOf(api.whoAmI(signal));

  expect(failure.kind).toBe("limited");
  expect(failure.retryAfterMs).toBeGreaterThan(15_000);
  expect(failure.retryAfterMs).toBeLessThanOrEqual(20_000);
});

test.each([
  [401, { errcode: "M_UNKNOWN_TOKEN" }, "unauthorised"],
  [401, { errcode: "M_MISSING_TOKEN" }, "unauthorised"],
  [403, { errcode: "M_FORBIDDEN" }, "forbidden"],
  [404, { errcode: "M_NOT_FOUND" }, "not-found"],
  [413, { errcode: "M_TOO_LARGE" }, "too-large"],
  [400, { errcode: "M_DUPLICATE_ANNOTATION" }, "refused"],
  [403, { errcode: "M_USER_SUSPENDED" }, "refused"],
  [401, { errcode: "M_USER_LOCKED", soft_logout: true }, "refused"],
  [500, { errcode: "M_UNKNOWN" }, "unreachable"],
  [404, { message: "no such route" }, "unreachable"],
  [403, {}, "unreachable"],
  [200, null, "unreachable"],
])("%i %j is %s", async (status, body, kind) => {
  const { api } = await against((_, response) => json(response, status, body));

  const failure = await failureOf(api.whoAmI(signal));

  expect(failure.kind).toBe(kind);
  expect(failure.status).toBe(status);
});

test("a 502 page of an ingress is an ordinary failure that may heal", async () => {
  const { api } = await against((_, response) => {
    response.writeHead(502, { "Content-Type": "text/html" }).end(`<html>Bad gateway ${accessToken}</html>`);
  });

  const failure = await failureOf(api.whoAmI(signal));

  expect(failure.kind).toBe("unreachable");
  expect(failure.message).toBe("GET /_matrix/client/v3/account/whoami: 502 an answer that is no JSON");
});

test("no message has the token in it, even when the server echoes it", async () => {
  const { api } = await against((_, response) => json(response, 400, { errcode: "M_UNKNOWN", error: `bad header Bearer ${accessToken}` }));

  expect((await failureOf(api.whoAmI(signal))).message).toContain("[redacted]");
});

test("a connection cut before the answer is unreachable, and says why", async () => {
  const { api } = await against((_, response) => response.destroy());

  const failure = await failureOf(api.send(room, "m.room.message", "txn1", {}, signal));

  expect(failure.kind).toBe("unreachable");
  expect(failure.status).toBeUndefined();
});

test("an answer without end is given up at the bound", async () => {
  const { api } = await against((_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (response.write(Buffer.alloc(64 * 1024, "x"))) if (response.destroyed) return;
    };
    response.on("drain", more);
    more();
  });

  const failure = await failureOf(api.whoAmI(signal));

  expect(failure.kind).toBe("unreachable");
  expect(failure.message).toContain("more than 4194304 bytes");
});

test("a redirect is not followed: the token stays with its homeserver", async () => {
  const { api, asked } = await against((_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());

  expect((await failureOf(api.whoAmI(signal))).kind).toBe("unreachable");
  expect(asked).toHaveLength(1);
});

test("an abort ends the long poll at once, with the caller's reason", async () => {
  const stop = new AbortController();
  const { api } = await against(() => stop.abort(new Error("stopping")));

  await expect(api.sync({ since: "s1", waitMs: 30_000 }, stop.signal)).rejects.toThrow("stopping");
});

test("what is not there is undefined, what may not be asked is unknown", async () => {
  const { api } = await against(({ path }, response) =>
    path.includes("_synapse") ? json(response, 403, { errcode: "M_FORBIDDEN" }) : json(response, 404, { errcode: "M_NOT_FOUND" }),
  );

  expect(await api.state(room, "m.room.encryption", "", signal)).toBeUndefined();
  expect(await api.rateLimitOverride(nadia, signal)).toEqual({ kind: "unknown" });
});

test("an override is told with its figures", async () => {
  const { api } = await against((_, response) => json(response, 200, { messages_per_second: 5, burst_count: 50 }));

  expect(await api.rateLimitOverride(nadia, signal)).toEqual({ kind: "override", perSecond: 5, burst: 50 });
});

test("receipts, typing, redactions and uploads say what they should", async () => {
  const { api, asked } = await against(({ path }, response) =>
    json(
      response,
      200,
      path.endsWith("/whoami") ? { user_id: nadia } : path.endsWith("/upload") ? { content_uri: "mxc://example.org/abc" } : { event_id: "$done" },
    ),
  );
  const event = parseEventId("$asked");

  await api.markRead(room, event, signal);
  await api.typing(room, 30_000, signal);
  await api.redact(room, event, "txn2", undefined, signal);
  const url = await api.upload(new Uint8Array([1, 2, 3]), "image/png", "chart.png", signal);

  const inRoom = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST ${inRoom}/receipt/m.read/%24asked`,
    "GET /_matrix/client/v3/account/whoami",
    `PUT ${inRoom}/typing/${encodeURIComponent(nadia)}`,
    `PUT ${inRoom}/redact/%24asked/txn2`,
    "POST /_matrix/media/v3/upload",
  ]);
  expect(asked[2]?.body).toBe('{"typing":true,"timeout":30000}');
  expect(asked[4]?.headers["content-type"]).toBe("image/png");
  expect(asked[4]?.query.get("filename")).toBe("chart.png");
  expect(url).toBe("mxc://example.org/abc");
});
