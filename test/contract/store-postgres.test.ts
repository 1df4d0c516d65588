import { connect, createServer, type Socket } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { startPostgres, type PostgresServer } from "../support/embedded-postgres.ts";
import { acting, entry, rejection, testClock, ttlMs, type StoreBed } from "./store-bed.ts";
import { storeContract } from "./store-contract.ts";

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
}, 60_000);

/** A schema of its own in the one server. */
async function postgresBed(): Promise<StoreBed> {
  schemas += 1;
  const schema = `contract ${schemas}`;
  const { url } = server;
  const clock = testClock();
  const opened: Store[] = [];
  const tamper = async (...statements: readonly string[]): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(`set search_path to "${schema}"`);
      for (const statement of statements) await client.query(statement === "unguard" ? "alter table audit disable trigger user" : statement);
    } finally {
      await client.end();
    }
  };
  return {
    clock,
    location: { kind: "postgres", url, schema },
    open: async (options = {}) => {
      const store = await openStore({ kind: "postgres", url, schema, outboxLimit: 100, log: silentLog, clock, ...options });
      opened.push(store);
      return store;
    },
    tamper,
    expireLease: async () => await tamper("update lease set expires_at = 0"),
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store[Symbol.asyncDispose]();
      await tamper(`drop schema if exists "${schema}" cascade`);
    },
  };
}

const endOthers = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opsroom'";

describe("store on PostgreSQL", { timeout: 30_000 }, () => {
  storeContract(postgresBed);
});

test("the lease on PostgreSQL goes by the database's clock: an instance whose own is wrong takes nothing over", async () => {
  await using bed = await postgresBed();
  await acting(bed);
  const second = await bed.open();

  bed.clock.at += 365 * 86_400_000;

  expect(await second.lease.acquire("from next year", ttlMs)).toBeUndefined();
});

describe("the PostgreSQL connection", { timeout: 30_000 }, () => {
  test("ended by the server in the middle of a write: nothing is half written, and the next write is done", async () => {
    await using bed = await postgresBed();
    const store = await acting(bed);

    const failing = store.write(async (tx) => {
      await tx.appendAudit(entry("half of it"));
      await bed.tamper(endOthers);
      await tx.appendAudit(entry("the other half")).catch(() => undefined);
      await tx.appendAudit(entry("the rest"));
    });

    expect(await rejection(failing)).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE" });
    await store.write((tx) => tx.appendAudit(entry("after")));
    expect(await store.healthy()).toEqual({ ok: true });
    expect((await store.read.audit({ limit: 10 })).map((row) => row.detail)).toEqual(["after"]);
  });

  test("ended by the server while idle: at most one call fails, and then it is there again", async () => {
    await using bed = await postgresBed();
    const store = await acting(bed);

    await bed.tamper(endOthers);
    await store.lease.renew(ttlMs).catch(() => undefined);

    expect(await store.lease.renew(ttlMs)).toBe(true);
  });

  test("to a server that is stopped: not healthy, says what to do, and goes on when it is back", { timeout: 60_000 }, async () => {
    await using bed = await postgresBed();
    const store = await acting(bed);
    await server.stop();

    const error = await rejection(store.write((tx) => tx.appendAudit(entry("meanwhile"))));
    const opening = await rejection(bed.open());
    const health = await store.healthy();
    await server.start();

    expect(error).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", kind: "waiting" });
    expect(opening).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE" });
    expect(health).toMatchObject({ ok: false });
    expect(JSON.stringify([error, health, error.message])).not.toContain("opsroom:opsroom");
    await store.write((tx) => tx.appendAudit(entry("after")));
    expect(await store.healthy()).toEqual({ ok: true });
  });

  test("through a network that says nothing more: ends by its deadline, and works again on a new connection", { timeout: 30_000 }, async () => {
    await using bed = await postgresBed();
    await acting(bed);
    await using network = await stallingNetwork(server.port);
    await using store = await openStore({
      kind: "postgres",
      url: server.url.replace(String(server.port), String(network.port)),
      schema: bed.location["schema"] ?? "",
      outboxLimit: 1,
      log: silentLog,
      deadlineMs: 200,
    });

    network.stall();
    expect(await rejection(store.read.outboxDepth())).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE" });
    network.resume();

    expect(await store.healthy()).toEqual({ ok: true });
  });

  test("refused for a wrong password: says what to check, and never the password", async () => {
    const url = server.url.replace(":opsroom@", ":hunter2@");

    const error = await rejection(openStore({ kind: "postgres", url, outboxLimit: 1, log: silentLog }));

    expect(error).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", remedy: expect.stringContaining("password") });
    expect(`${error.message}${error.stack ?? ""}`).not.toContain("hunter2");
  });

  test("to what is no PostgreSQL URL is refused without repeating it", async () => {
    const error = await rejection(openStore({ kind: "postgres", url: "mysql://me:hunter2@db/x", outboxLimit: 1, log: silentLog }));

    expect(error).toMatchObject({ code: "OPSROOM_CONFIG_INVALID" });
    expect(error.message).not.toContain("hunter2");
  });
});

/** Passes everything on to `port`; those connections that are open when it stalls never say anything again. */
async function stallingNetwork(port: number): Promise<AsyncDisposable & { readonly port: number; readonly stall: () => void; readonly resume: () => void }> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const proxy = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      let silent = false;
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
      from.on("data", (data) => {
        silent ||= stalled;
        if (!silent) to.write(data);
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return {
    port: address.port,
    stall: () => {
      stalled = true;
    },
    resume: () => {
      stalled = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
