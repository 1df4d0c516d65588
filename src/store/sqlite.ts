/** The store in one SQLite file: one connection that writes, one that reads. Several processes may have it open. */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { Kysely, sql } from "kysely";
import type { Clock } from "../clock.ts";
import type { Backend } from "./backend.ts";
import { StoreUnavailable } from "./errors.ts";
import { quietCheckpoint } from "./quiet-checkpoint.ts";
import type { Tables } from "./schema.ts";
import { sqliteDialect } from "./sqlite-driver.ts";
import { damagedFile, sqliteFault } from "./sqlite-faults.ts";

/** SQLite's own waiting blocks the event loop, so it is short; the driver waits for write locks beyond it. */
const writerBusyMs = 20;
const readerBusyMs = 1000;

/**
 * Opens `file`, made with mode 0600 when it is missing, and looks whether it is whole.
 * @param clock all processes on one file share the machine's clock, so it serves for the lease
 * @throws OpsroomError `OPSROOM_STORE_CORRUPT`, `OPSROOM_STORE_UNAVAILABLE`
 */
export function openSqlite(file: string, clock: Pick<Clock, "now">): Backend {
  makePrivate(file);
  checkWhole(file);
  const db = new Kysely<Tables>({ dialect: sqliteDialect({ file, begin: "begin immediate", open: () => connect(file, writerBusyMs) }) });
  let waitsForDisk = true;
  const openReader = (): Kysely<Tables> =>
    new Kysely<Tables>({ dialect: sqliteDialect({ file, begin: "begin deferred", open: () => connect(file, readerBusyMs, "query_only = on") }) });
  const reader = openReader();
  // By the reader, which waits for no writer. What fails here fails again, and is told, when SQLite does it for somebody who commits.
  const tidy = quietCheckpoint(async () => {
    await sql`pragma wal_checkpoint(passive)`.execute(reader).catch(() => undefined);
  });
  return {
    kind: "sqlite",
    db,
    reader,
    transaction: async (durable, act) => {
      // A connection that was opened anew waits for the disk, whatever is remembered here.
      if (durable !== waitsForDisk) await sql.raw(`pragma synchronous = ${durable ? "full" : "normal"}`).execute(db);
      waitsForDisk = durable;
      const result = await db.transaction().execute(act);
      tidy.committed();
      return result;
    },
    snapshot: async (look) => {
      const own = openReader();
      try {
        return await own.transaction().execute(look);
      } finally {
        await own.destroy();
      }
    },
    sharedNow: () => sql<number>`${clock.now()}`,
    // A transaction that writes is alone anyhow.
    lockSchema: async () => undefined,
    lockDeliveries: async () => undefined,
    close: async () => {
      tidy.stop();
      await reader.destroy();
      await db.destroy();
    },
  };
}

/** An existing file only: one that vanished must not be replaced by an empty one. */
function connect(file: string, busyMs: number, ...pragmas: readonly string[]): Database.Database {
  const database = new Database(file, { timeout: busyMs, fileMustExist: true });
  try {
    // Where no moment is quiet, whoever commits pays for the checkpoint: a small one often is a short wait for many, a large one now and then a long one for somebody.
    // In WAL mode FULL makes every commit durable; NORMAL could lose the last ones at a power cut.
    for (const pragma of [
      "journal_mode = wal",
      "synchronous = full",
      "foreign_keys = on",
      "journal_size_limit = 16777216",
      "cache_size = -1024",
      "wal_autocheckpoint = 300",
      ...pragmas,
    ])
      database.pragma(pragma);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What Opsroom remembers is for its own user only. SQLite gives -wal and -shm the mode of the file. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new StoreUnavailable(
      `the database file ${file} could not be opened (${reason})`,
      "See that its folder exists and that Opsroom's user may write there and owns the file.",
      error,
    );
  }
}

/** Reads the whole file once: better a refusal at the start than a wrong answer later. Also switches it to WAL. */
function checkWhole(file: string): void {
  let database: Database.Database | undefined;
  let found: unknown;
  try {
    database = connect(file, readerBusyMs);
    found = database.pragma("quick_check(1)", { simple: true });
  } catch (error) {
    throw sqliteFault(error, file);
  } finally {
    database?.close();
  }
  if (found !== "ok") throw damagedFile(file, String(found));
}
