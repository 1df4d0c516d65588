import { mkdtemp, open, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLog } from "../../src/observe/log.ts";
import { createStore } from "../../src/store/create.ts";
import { StoreUnavailable } from "../../src/store/errors.ts";
import { migrate, migrations } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/open.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { acting, entry, event, rejection, start, testClock, ttlMs, type StoreBed } from "./store-bed.ts";
import { storeContract } from "./store-contract.ts";

interface SqliteBed extends StoreBed {
  readonly file: string;
}

async function sqliteBed(): Promise<SqliteBed> {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-store-"));
  const file = join(folder, "opsroom.db");
  const clock = testClock();
  const opened: Store[] = [];
  const tamper = async (...statements: readonly string[]): Promise<void> => {
    using database = disposable(file);
    for (const statement of statements) database.exec(statement === "unguard" ? "drop trigger audit_unchanged; drop trigger audit_kept" : statement);
  };
  return {
    file,
    clock,
    location: { kind: "sqlite", file },
    open: async (options = {}) => {
      const store = await openStore({ kind: "sqlite", file, outboxLimit: 100, log: silentLog, clock, ...options });
      opened.push(store);
      return store;
    },
    tamper,
    expireLease: async () => await tamper("update lease set expires_at = 0"),
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function disposable(file: string): Database.Database & Disposable {
  const database = new Database(file);
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}

describe("store on SQLite", { timeout: 30_000 }, () => {
  storeContract(sqliteBed);
});

describe("the SQLite file", () => {
  let bed: SqliteBed;
  beforeEach(async () => {
    bed = await sqliteBed();
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
  });

  test("can be read by its owner only, with all that lies beside it", async () => {
    await writeFile(bed.file, "", { mode: 0o644 });
    const store = await acting(bed);
    await store.write((tx) => tx.appendAudit(entry("a")));

    const modes = await Promise.all(["", "-wal", "-shm"].map(async (suffix) => (await stat(bed.file + suffix)).mode & 0o777));

    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  test("in a folder that is not there: says so", async () => {
    const error = await rejection(openStore({ kind: "sqlite", file: join(bed.file, "..", "nowhere", "o.db"), outboxLimit: 1, log: silentLog }));

    expect(error).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", message: expect.stringContaining("ENOENT") });
  });

  test("that is no database is refused and left as it is", async () => {
    await writeFile(bed.file, "this is a letter to my aunt, and no database at all\n".repeat(100));
    const before = await readFile(bed.file);

    const error = await rejection(bed.open());

    expect(error).toMatchObject({ code: "OPSROOM_STORE_CORRUPT", kind: "stalled", remedy: expect.stringContaining(bed.file) });
    expect(await readFile(bed.file)).toEqual(before);
  });

  test.each([
    ["a page in the middle is overwritten", async (file: string) => await overwrite(file, 4096 * 3, Buffer.alloc(4096, 7))],
    ["it is cut short", async (file: string) => await truncate(file, 4096 * 3)],
  ])("is refused as damaged when %s", async (_, damage) => {
    const store = await acting(bed);
    await store.write(async (tx) => {
      for (let index = 0; index < 50; index += 1) await tx.appendAudit(entry("x".repeat(500)));
    });
    await store[Symbol.asyncDispose]();
    await damage(bed.file);

    expect(await rejection(bed.open())).toMatchObject({ code: "OPSROOM_STORE_CORRUPT" });
  });

  test("on a full disk: refuses whole writes, is not healthy, and goes on when there is room", async () => {
    const backend = openSqlite(bed.file, bed.clock);
    await migrate(backend, migrations, start);
    await using store = createStore(backend, { clock: bed.clock, outboxLimit: 10, log: silentLog });
    await store.lease.acquire("one", ttlMs);
    await store.write((tx) => tx.acceptEvents([event("before")]));
    await sql`pragma max_page_count = 1`.execute(backend.db);
    const big = event("big", { content: { body: "x".repeat(50_000) } });

    const failing = store.write(async (tx) => {
      await tx.appendAudit(entry("half of it"));
      await tx.acceptEvents([big]).catch(() => undefined);
      // SQLite has rolled back by now: what follows must not be written on its own.
      await tx.appendAudit(entry("the other half"));
    });

    expect(await rejection(failing)).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE" });
    expect(await rejection(store.write((tx) => tx.acceptEvents([big])))).toMatchObject({ message: expect.stringContaining("disk is full") });
    expect(await store.healthy()).toMatchObject({ ok: false });
    expect(await store.read.verifyAudit()).toEqual({ ok: true, rows: 0 });

    await sql`pragma max_page_count = 100000`.execute(backend.db);
    await store.write((tx) => tx.acceptEvents([big]));
    expect(await store.healthy()).toEqual({ ok: true });
    expect((await store.read.pendingEvents(10)).map((each) => each.eventId)).toEqual(["$before", "$big"]);
  });

  test("on a full disk: takes no delivery, which its sender keeps, and takes them again when there is room", async () => {
    const backend = openSqlite(bed.file, bed.clock);
    await migrate(backend, migrations, start);
    await using store = createStore(backend, { clock: bed.clock, outboxLimit: 10, log: silentLog });
    const batch = ["small", "big"].map((key) => ({
      key,
      sender: "am",
      group: key,
      receivedAt: start,
      body: JSON.stringify("x".repeat(key === "big" ? 50_000 : 1)),
    }));
    const accepting = async (): Promise<number> => await store.acceptDeliveries(batch, { copyWindowMs: 1000, limit: 10 });
    await sql`pragma max_page_count = 1`.execute(backend.db);

    expect(await rejection(accepting())).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", message: expect.stringContaining("disk is full") });
    const letter = { at: start, source: "s", receiver: "r", why: "x".repeat(50_000), sample: "<" };
    expect(await rejection(store.saveDeadLetter(letter))).toBeInstanceOf(StoreUnavailable);
    expect(await store.healthy()).toMatchObject({ ok: false });
    expect(await store.read.deliveryDepth()).toEqual({ waiting: 0, oldestAt: undefined, deadLetters: 0 });

    await sql`pragma max_page_count = 100000`.execute(backend.db);
    expect(await accepting()).toBe(2);
    expect(await store.healthy()).toEqual({ ok: true });
  });

  test("that vanishes and comes back is found again without a restart", async () => {
    const store = await acting(bed);
    await store.write((tx) => tx.appendAudit(entry("before")));
    for (const suffix of ["", "-wal", "-shm"]) await rename(bed.file + suffix, `${bed.file}.away${suffix}`);

    expect(await rejection(store.write((tx) => tx.appendAudit(entry("meanwhile"))))).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE" });
    expect(await store.healthy()).toMatchObject({ ok: false });

    for (const suffix of ["", "-wal", "-shm"]) await rename(`${bed.file}.away${suffix}`, bed.file + suffix);
    await store.write((tx) => tx.appendAudit(entry("after")));
    expect((await store.read.audit({ limit: 10 })).map((row) => row.detail)).toEqual(["before", "after"]);
  });

  test("judges the lease by the clock: it runs out when its time is over, not before", async () => {
    const first = await acting(bed);
    const second = await bed.open();

    bed.clock.at += ttlMs - 1;
    expect(await second.lease.acquire("two", ttlMs)).toBeUndefined();
    bed.clock.at += 1;
    expect(await second.lease.acquire("two", ttlMs)).toBe(2);
    expect(await first.lease.renew(ttlMs)).toBe(false);
  });

  test("locked by another process for a while: the write waits without blocking, and is done", async () => {
    const store = await acting(bed);
    using another = disposable(bed.file);
    another.exec("begin immediate");

    const writing = store.write((tx) => tx.appendAudit(entry("waited")));
    const health = await store.healthy();
    another.exec("rollback");
    await writing;

    expect(health).toEqual({ ok: true });
    expect(await store.read.audit({ limit: 10 })).toHaveLength(1);
  });
});

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}
