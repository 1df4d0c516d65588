import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeliveryRecord } from "../../../../src/store/alert-store.ts";
import { DeliveriesFull, StoreUnavailable } from "../../../../src/store/errors.ts";
import { alertmanager, grafana } from "./fixtures.ts";
import { bearer, openSocket, password, readAll, secret, send, setIntake } from "./stage.ts";

const body = alertmanager["0.32"];
const MiB = 2 ** 20;

describe("what is good is kept and then answered", () => {
  test.each(Object.entries(alertmanager))("Alertmanager %s", async (_, sent) => {
    const { post, deliveries } = await setIntake();

    expect(await post(sent)).toMatchObject({ status: 200, body: { status: "accepted" } });
    expect(await deliveries()).toMatchObject([{ source: "prod", receiver: "ops", groupKey: body.groupKey }]);
  });

  test("Grafana, packed with gzip, with a type of its own, or with none", async () => {
    const { post, deliveries } = await setIntake();
    const packed = gzipSync(JSON.stringify(grafana));

    expect((await post(packed, { headers: { "content-encoding": "gzip" } })).status).toBe(200);
    expect((await post({ ...grafana, groupKey: "two" }, { headers: { "content-type": "text/x-whatever" } })).status).toBe(200);
    expect((await post({ ...grafana, groupKey: "three" }, { headers: { "content-type": ";;;" } })).status).toBe(200);
    expect(await deliveries()).toHaveLength(3);
  });

  test("any receiver is taken: plain, with encoded slashes, with what only looks encoded, with none", async () => {
    const { post, deliveries } = await setIntake();

    for (const receiver of ["nobody-knows-me", "ns%2Fconfig%2Fhook", "ns/config/hook2", "%D1%87%D0%B0%D1%82", ""])
      expect((await post(body, { receiver })).status).toBe(200);
    expect((await deliveries()).map((each) => each.receiver)).toEqual(["nobody-knows-me", "ns/config/hook", "ns/config/hook2", "чат", "ops.matrix"]);
  });

  test("the same from a second Alertmanager and by a retry is one delivery; what changed is another", async () => {
    const { post, deliveries, outcomes } = await setIntake();
    const other = { ...body, externalURL: "http://alertmanager-1:9093" };

    for (const sent of [body, body, other, { ...other, alerts: [body.alerts[0]] }]) expect((await post(sent)).status).toBe(200);

    expect(await deliveries()).toHaveLength(2);
    expect(outcomes).toEqual(["prod accepted", "prod copy", "prod copy", "prod accepted"]);
  });

  test("an answer comes after its transaction, and many calls share one", async () => {
    const batches: number[] = [];
    let kept = 0;
    const { post } = await setIntake({
      accept: async (deliveries) => {
        batches.push(deliveries.length);
        await new Promise((resolve) => setTimeout(resolve, 20));
        kept += deliveries.length;
        return deliveries.length;
      },
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        await post({ ...body, groupKey: `g${at}` });
        return kept;
      }),
    );

    expect(Math.min(...answers)).toBeGreaterThan(0);
    expect(kept).toBe(100);
    expect(batches.length).toBeLessThan(20);
  });
});

describe("who has no credential", () => {
  test.each([
    ["none", undefined],
    ["a wrong token", "Bearer wrong"],
    ["a wrong password", `Basic ${Buffer.from("alertmanager:wrong").toString("base64")}`],
    ["a wrong user", `Basic ${Buffer.from(`wrong:${password}`).toString("base64")}`],
    ["another source's password as a token", `Bearer ${password}`],
  ])("%s: 401 that does not say what was wrong, and nothing is kept", async (_, authorization) => {
    const { post, deliveries, store, outcomes } = await setIntake();

    const answer = await post(body, { authorization });

    expect(answer).toMatchObject({ status: 401, body: { status: "refused", why: "a valid credential is needed" } });
    expect(answer.headers["www-authenticate"]).toBe('Basic realm="opsroom", charset="UTF-8", Bearer realm="opsroom"');
    expect(await deliveries()).toEqual([]);
    expect(await store.read.deadLetters(10)).toEqual([]);
    expect(outcomes).toEqual(["refused"]);
  });

  test("is told so before the body is there", async () => {
    const { socket } = await setIntake();
    const stranger = await socket();

    stranger.write("POST /alertmanager/ops HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\n");

    expect(await readAll(stranger)).toMatch(/^HTTP\/1\.1 401 /u);
  });

  test("is told so at every address", async () => {
    const { intake } = await setIntake();

    expect((await send(intake.port, "/metrics", "", {})).status).toBe(401);
    expect((await send(intake.port, "/metrics", "", { authorization: bearer })).status).toBe(404);
  });

  test("basic authentication names its own source", async () => {
    const { post, deliveries } = await setIntake();

    await post(body, { authorization: `Basic ${Buffer.from(`alertmanager:${password}`).toString("base64")}` });

    expect(await deliveries()).toMatchObject([{ source: "homelab" }]);
  });
});

describe("what can never be read is set aside, and says why", () => {
  const bomb = gzipSync(Buffer.alloc(200 * MiB, " "));

  test.each([
    ["not JSON", "hello", {}, 400, "the body is not JSON", "hello"],
    ["nothing", "", {}, 400, "the body is not JSON", ""],
    ["another version", '{"version":"9","alerts":[]}', {}, 400, 'the body has no alerts, and its version is not "4"', '{"version":"9","alerts":[]}'],
    ["no list of alerts", '{"version":"4"}', {}, 400, "the body has no list `alerts`", '{"version":"4"}'],
    ["more than 16 MiB", "x".repeat(17 * MiB), {}, 413, "the body has more than 16777216 bytes", "x".repeat(2000)],
    ["a gzip bomb", bomb, { "content-encoding": "gzip" }, 413, "the body has more than 16777216 bytes", " ".repeat(2000)],
    ["no gzip", "hello", { "content-encoding": "gzip" }, 400, "the body says that it is gzip, and is not", ""],
    ["half of a gzip", bomb.subarray(0, 100), { "content-encoding": "gzip" }, 400, "the body says that it is gzip, and is not", " ".repeat(2000)],
    ["another packing", "hello", { "content-encoding": "br" }, 400, "its content-encoding is neither gzip nor none", ""],
  ])("%s", async (_, sent, headers, status, why, sample) => {
    const { post, store, deliveries, outcomes } = await setIntake();

    expect(await post(sent, { headers })).toMatchObject({ status, body: { status: "unreadable", why } });
    expect(await store.read.deadLetters(10)).toMatchObject([{ source: "prod", receiver: "ops", why, sample }]);
    expect(await deliveries()).toEqual([]);
    expect(outcomes).toEqual(["prod unreadable"]);
  });

  test("a bomb is stopped at the limit, not unpacked", async () => {
    const { post } = await setIntake();
    const before = process.memoryUsage().rss;

    await Promise.all(Array.from({ length: 10 }, () => post(bomb, { headers: { "content-encoding": "gzip" } })));

    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MiB);
  });

  test("an address that cannot be decoded is refused", async () => {
    const { post } = await setIntake();

    expect((await post(body, { receiver: "%zz" })).status).toBe(400);
  });
});

describe("what may heal is to come again", () => {
  const later = { status: 503, headers: { "retry-after": "5" }, body: { status: "later" } };

  test.each([
    ["the database is away", () => new StoreUnavailable("the disk is full", "Make room.")],
    ["too much waits", () => new DeliveriesFull(10)],
    ["a bug", () => new TypeError("x is not a function")],
  ])("%s", async (_, fault) => {
    let healed = false;
    const { post, outcomes } = await setIntake({
      accept: async (deliveries) => {
        if (!healed) throw fault();
        return deliveries.length;
      },
    });
    const refused = await post(body);
    healed = true;

    expect(refused).toMatchObject(later);
    expect((await post(body)).status).toBe(200);
    expect(outcomes).toEqual(["prod later", "prod accepted"]);
  });

  test("what can never be read comes again while it could not be set aside", async () => {
    const { post } = await setIntake({ deadLetter: async () => Promise.reject(new StoreUnavailable("away", "Wait.")) });

    expect(await post("hello")).toMatchObject(later);
  });

  test("a transaction that takes too long", async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { post } = await setIntake({ accept: () => promise, limits: { keepMs: 50 } });

    expect(await post(body)).toMatchObject({ ...later, body: { why: "it could not be kept within 0.05 s" } });
    resolve(1);
  });

  test("more large bodies at once than there is memory for; afterwards there is room again", async () => {
    const { promise: kept, resolve: keep } = Promise.withResolvers<number>();
    const { promise: full, resolve: fill } = Promise.withResolvers<undefined>();
    const { post } = await setIntake({
      accept: async () => {
        fill(undefined);
        return await kept;
      },
      limits: { allBodiesBytes: 3 * MiB },
    });
    const large = { ...body, padding: "x".repeat(2 * MiB) };

    const first = post(large);
    await full;
    const others = await Promise.all(Array.from({ length: 5 }, (_, at) => post({ ...large, groupKey: `g${at}` }).catch(() => ({ status: 503 }))));
    keep(1);

    expect(others.map((each) => each.status)).toEqual([503, 503, 503, 503, 503]);
    expect((await first).status).toBe(200);
    expect((await post(large)).status).toBe(200);
  });

  test("a body that does not come is waited for no longer than it may take", async () => {
    const { socket, store, outcomes } = await setIntake({ limits: { bodyMs: 100 } });
    const slow = await socket();
    slow.write(`POST /alertmanager/ops HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer}\r\nContent-Length: 1000\r\n\r\n{"alerts"`);

    expect(await readAll(slow)).toMatch(/^HTTP\/1\.1 503 [\s\S]*"the body had not arrived after 0\.1 s"/u);
    expect(await store.read.deadLetters(10)).toEqual([]);
    expect(outcomes).toEqual(["prod later"]);
  });

  test("headers that do not come: 503, since 408 would be final", async () => {
    const { socket } = await setIntake({ limits: { headersMs: 200 } });
    const slow = await socket();
    slow.write("POST /alertmanager/ops HTTP/1.1\r\nHost:");

    expect(await readAll(slow)).toMatch(/^HTTP\/1\.1 503 /u);
  });

  test("a connection that breaks off half way leaves nothing behind", async () => {
    const { socket, post, store, deliveries } = await setIntake();
    for (let at = 0; at < 20; at += 1) {
      const broken = await socket();
      broken.write(`POST /alertmanager/ops HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer}\r\nContent-Length: 1000\r\n\r\n{"alerts"`);
      broken.destroy();
    }

    expect((await post(body)).status).toBe(200);
    expect(await store.read.deadLetters(10)).toEqual([]);
    expect(await deliveries()).toHaveLength(1);
  });
});

test("10,000 alerts in a body, and one of 5 MB of annotations, are taken within bounds", async () => {
  const { post, deliveries } = await setIntake();
  const many = Array.from({ length: 10_000 }, (_, at) => ({ status: "firing", labels: { alertname: "A", instance: `i${at}`, severity: "wat" } }));
  const wordy = [{ status: "firing", labels: { alertname: "B" }, annotations: { description: "d".repeat(5_000_000), summary: "@room <b>x</b>" } }];

  expect((await post({ version: "4", groupKey: "many", alerts: many })).status).toBe(200);
  expect((await post({ version: "4", groupKey: "wordy", alerts: wordy })).status).toBe(200);

  const [first, second] = await deliveries();
  expect([first?.alerts.length, first?.truncated]).toEqual([2000, 8000]);
  expect(JSON.stringify(second).length).toBeLessThan(20_000);
});

test("a thousand connections that say nothing are ended, and a delivery gets through within seconds", async () => {
  const { intake, post, deliveries } = await setIntake({ limits: { headersMs: 1000, connections: 512 } });
  const idle = await Promise.all(Array.from({ length: 1000 }, () => openSocket(intake.port)));
  const attempt = async (): Promise<number> => (await post(body).catch(() => ({ status: 0 }))).status;

  await expect.poll(attempt, { timeout: 10_000, interval: 200 }).toBe(200);
  expect(await deliveries()).toHaveLength(1);
  for (const each of idle) each.resume();
  await expect.poll(() => idle.filter((each) => !each.destroyed).length, { timeout: 10_000 }).toBeLessThan(512);
}, 30_000);

test("no secret, and nothing of a body, is logged", async () => {
  const { post, logged } = await setIntake({
    accept: async () => Promise.reject(new StoreUnavailable("the disk is full", "Make room.")),
    deadLetter: async () => Promise.reject(new Error("also full")),
  });
  const marked = { ...body, groupKey: "canary-of-a-body" };
  await post(marked);
  await post("canary-of-a-body");
  await post(marked, { authorization: `Bearer ${secret}x` });
  await post(marked, { authorization: `Basic ${Buffer.from(`alertmanager:${password}x`).toString("base64")}` });
  await post(marked, { receiver: "%zz" });

  expect(logged()).toContain("the disk is full");
  expect(logged()).toContain("without a valid credential");
  expect(logged()).not.toContain("canary");
  expect(logged()).not.toContain(Buffer.from(`alertmanager:${password}x`).toString("base64"));
});

test("a thousand refusals are a line in the log, not a thousand", async () => {
  const { post, logged } = await setIntake();
  await Promise.all(Array.from({ length: 100 }, () => post(body, { authorization: "Bearer no" })));

  expect(logged().trim().split("\n")).toHaveLength(1);
});

test("when it stops, what it has taken is kept and answered, and what comes then is not", async () => {
  const started = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const kept: DeliveryRecord[] = [];
  const { intake, post } = await setIntake({
    accept: async (deliveries) => {
      started.resolve();
      await end.promise;
      kept.push(...deliveries);
      return deliveries.length;
    },
  });
  const underWay = post(body);
  await started.promise;
  const stopping = intake[Symbol.asyncDispose]();
  const tooLate = await post(body).catch(() => ({ status: 503 }));
  end.resolve();

  expect((await underWay).status).toBe(200);
  expect(tooLate.status).toBe(503);
  expect(kept).toHaveLength(1);
  await stopping;
});

test("whatever JSON is posted, it is accepted or refused for good: 200 or 400", async () => {
  const { post } = await setIntake();

  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.jsonValue(), fc.record({ alerts: fc.array(fc.jsonValue()), groupKey: fc.jsonValue() }, { requiredKeys: [] })),
      async (sent) => {
        expect([200, 400]).toContain((await post(JSON.stringify(sent))).status);
      },
    ),
    { numRuns: 200 },
  );
}, 30_000);
