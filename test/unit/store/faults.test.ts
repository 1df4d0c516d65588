import Database from "better-sqlite3";
import { DatabaseError } from "pg";
import { describe, expect, test } from "vitest";
import { postgresFault, spoilsClient } from "../../../src/store/postgres-faults.ts";
import { sqliteFault, spoilsConnection } from "../../../src/store/sqlite-faults.ts";

const sqlite = (code: string): Error => new Database.SqliteError("as SQLite says it", code);
const postgres = (code: string): Error => Object.assign(new DatabaseError("as PostgreSQL says it", 1, "error"), { code });
const network = (code: string): Error => Object.assign(new Error("as Node says it"), { code });

describe("SQLite", () => {
  test.each(["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_BUSY_SNAPSHOT", "SQLITE_CANTOPEN", "SQLITE_READONLY_DBMOVED"])("%s heals by itself", (code) => {
    expect(sqliteFault(sqlite(code), "o.db")).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", kind: "waiting" });
  });

  test.each(["SQLITE_CORRUPT", "SQLITE_CORRUPT_INDEX", "SQLITE_NOTADB"])("%s needs a person", (code) => {
    expect(sqliteFault(sqlite(code), "o.db")).toMatchObject({ code: "OPSROOM_STORE_CORRUPT", kind: "stalled" });
  });

  test.each([sqlite("SQLITE_CONSTRAINT_UNIQUE"), sqlite("SQLITE_ERROR"), new TypeError("a bug")])("a bug stays what it is: %s", (error) => {
    expect(sqliteFault(error, "o.db")).toBe(error);
  });

  test("a disk that failed wants a new connection, a full one does not", () => {
    expect(spoilsConnection(sqlite("SQLITE_IOERR_FSYNC"))).toBe(true);
    expect(spoilsConnection(sqlite("SQLITE_FULL"))).toBe(false);
  });
});

describe("PostgreSQL", () => {
  test.each([
    postgres("57P01"),
    postgres("53100"),
    postgres("53300"),
    postgres("57014"),
    postgres("40P01"),
    postgres("25006"),
    postgres("28P01"),
    network("ECONNREFUSED"),
    network("ENOTFOUND"),
    new Error("Connection terminated unexpectedly"),
    new Error("timeout exceeded when trying to connect"),
    new Error("Query read timeout"),
  ])("heals by itself: %s", (error) => {
    expect(postgresFault(error, "PostgreSQL db")).toMatchObject({ code: "OPSROOM_STORE_UNAVAILABLE", kind: "waiting" });
  });

  test("damage needs a person", () => {
    expect(postgresFault(postgres("XX001"), "PostgreSQL db")).toMatchObject({ code: "OPSROOM_STORE_CORRUPT" });
  });

  test.each([postgres("23505"), postgres("42601"), new TypeError("a bug")])("a bug stays what it is: %s", (error) => {
    expect(postgresFault(error, "PostgreSQL db")).toBe(error);
  });

  test("a connection is used again after an error of the query, and not after one of its own", () => {
    expect(spoilsClient(postgres("23505"))).toBe(false);
    expect(spoilsClient(postgres("57P01"))).toBe(true);
    expect(spoilsClient(new Error("Query read timeout"))).toBe(true);
  });
});
