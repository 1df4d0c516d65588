import { createServer, type RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { openAlertmanager, type Alertmanager } from "../../../../src/alerts/alertmanager/client.ts";
import { AlertmanagerError } from "../../../../src/alerts/alertmanager/error.ts";
import { readNotificationFailures } from "../../../../src/alerts/alertmanager/notification-failures.ts";
import { systemClock } from "../../../../src/clock.ts";
import { listenOnLoopback } from "../../../../src/sandbox/loopback.ts";

const signal = new AbortController().signal;

async function managerAt(listener: RequestListener, given: { readonly authorization?: string; readonly deadlineMs?: number } = {}): Promise<Alertmanager> {
  const server = createServer(listener);
  const port = await listenOnLoopback(server, 0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return openAlertmanager({
    source: "prod",
    url: `http://127.0.0.1:${port}/prefix/`,
    authorization: async () => given.authorization,
    ca: async () => undefined,
    clock: systemClock,
    ...(given.deadlineMs === undefined ? {} : { deadlineMs: given.deadlineMs }),
  });
}

const answering = (status: number, body: string): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", location: "/elsewhere" }).end(body);
  };
};

async function failureOf(promise: Promise<unknown>): Promise<AlertmanagerError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AlertmanagerError)) throw new Error(`no AlertmanagerError: ${String(error)}`);
  return error;
}

test("the matchers, the prefix and the credential go along", async () => {
  const asked: string[] = [];
  const manager = await managerAt(
    (request, response) => {
      asked.push(`${request.headers.authorization} ${decodeURIComponent(request.url ?? "").replaceAll("+", " ")}`);
      response.end("[]");
    },
    { authorization: "Bearer t0ken" },
  );
  await manager.alerts({ matchers: [{ name: "a b", op: "=~", value: 'x"y' }], silenced: false }, signal);
  expect(asked).toEqual(['Bearer t0ken /prefix/api/v2/alerts?filter="a b"=~"x\\"y"&silenced=false']);
});

test.each([
  [401, "", "refused", /does not let us list the silences \(401\)/u],
  [400, '"bad matcher"', "refused", /400 .*: bad matcher/u],
  [400, '{"code":612,"message":"start time must be before end time"}', "refused", /start time/u],
  [302, "", "refused", /302/u],
  [429, "", "away", /429/u],
  [502, "<html>nginx</html>", "away", /502 .*a web page/u],
  [404, "404 page not found", "not-found", /404/u],
  [200, "<html>", "bad-answer", /no JSON/u],
  [200, '{"data":[]}', "bad-answer", /something unexpected/u],
])("%i %s is a failure in words", async (status, body, failure, words) => {
  const manager = await managerAt(answering(status, body), { authorization: "Bearer t0ken" });
  const error = await failureOf(manager.silences(signal));
  expect(error).toMatchObject({ failure });
  expect(error.message).toMatch(words);
  expect(`${error.message} ${error.remedy}`).not.toContain("t0ken");
});

test("an answer without end, one that never comes, a cut and nobody there are failures too", async () => {
  const endless = await managerAt((_request, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
      response.once("drain", write);
    };
    write();
  });
  expect((await failureOf(endless.silences(signal))).message).toContain("more than 16 MiB");
  const silent = await managerAt(() => undefined, { deadlineMs: 50 });
  expect((await failureOf(silent.silences(signal))).message).toContain("no answer in time");
  const cut = await managerAt((request) => request.socket.destroy());
  expect((await failureOf(cut.silences(signal))).message).toContain("the connection was cut");
});

test("the caller's signal ends a call with its own reason", async () => {
  const silent = await managerAt(() => undefined);
  const stop = new AbortController();
  const call = silent.silences(stop.signal);
  stop.abort(new Error("stopping"));
  await expect(call).rejects.toThrow("stopping");
});

test("silences of 0.25 without isEqual, and of 0.34 with annotations, are read alike", async () => {
  const common = {
    id: "5c2b7a10-0000",
    updatedAt: "2026-01-01T00:00:00Z",
    startsAt: "2026-01-01T00:00:00.000Z",
    endsAt: "2026-01-01T01:00:00Z",
    createdBy: "n",
    comment: "c",
    status: { state: "active" },
  };
  const manager = await managerAt(
    answering(
      200,
      JSON.stringify([
        { ...common, matchers: [{ name: "a", value: "b", isRegex: false }] },
        { ...common, annotations: {}, matcherSets: [], matchers: [{ name: "a", value: "b", isRegex: true, isEqual: false }] },
      ]),
    ),
  );
  const all = await manager.silences(signal);
  expect(all.map((each) => each.matchers[0]?.op)).toEqual(["=", "!~"]);
  expect(all[0]).toMatchObject({ startsAt: Date.UTC(2026, 0, 1), endsAt: Date.UTC(2026, 0, 1, 1), state: "active" });
});

test("ending a silence that is over already is no failure", async () => {
  const over = {
    id: "x",
    startsAt: "2026-01-01T00:00:00Z",
    endsAt: "2026-01-01T01:00:00Z",
    createdBy: "n",
    comment: "c",
    status: { state: "expired" },
    matchers: [],
  };
  const manager = await managerAt((request, response) => {
    if (request.method === "DELETE") response.writeHead(500).end('"silence x already expired"');
    else response.end(JSON.stringify(over));
  });
  await expect(manager.expireSilence("x", signal)).resolves.toBeUndefined();
  const unknown = await managerAt(answering(404, ""));
  await expect(unknown.expireSilence("x", signal)).resolves.toBeUndefined();
  const broken = await managerAt((request, response) => {
    if (request.method === "DELETE") response.writeHead(500).end('"disk full"');
    else response.end(JSON.stringify({ ...over, status: { state: "active" } }));
  });
  expect((await failureOf(broken.expireSilence("x", signal))).message).toContain("disk full");
});

test("delivery failures are read from the metrics, whatever labels they have", () => {
  const old = [
    "# HELP x y",
    'alertmanager_notifications_failed_total{integration="webhook"} 3',
    'alertmanager_notifications_total{integration="webhook"} 1.2e+01',
    "",
  ].join("\n");
  expect(readNotificationFailures(`\n${old}`)).toEqual({ sent: 12, failed: 3 });
  const fresh = ["clientError", "serverError"]
    .map((reason, at) => `alertmanager_notifications_failed_total{integration="webhook",reason="${reason}"} ${at + 1}`)
    .join("\n");
  expect(readNotificationFailures(`\n${fresh}`)).toEqual({ sent: undefined, failed: 3 });
  expect(readNotificationFailures("")).toEqual({ sent: undefined, failed: undefined });
});
