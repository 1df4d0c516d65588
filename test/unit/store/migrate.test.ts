import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend } from "../../../src/store/backend.ts";
import { migrate, migrations } from "../../../src/store/migrate.ts";
import type { Migration } from "../../../src/store/migrations/migration.ts";
import { openSqlite } from "../../../src/store/sqlite.ts";

let folder: string;
let backend: Backend;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-migrate-"));
  backend = openSqlite(join(folder, "opsroom.db"), { now: () => 0 });
});
afterEach(async () => {
  await backend.close();
  await rm(folder, { recursive: true, force: true });
});

const next = (...statements: readonly string[]): Migration => ({ version: migrations.length + 1, name: "next", statements: () => statements });

test("each migration is applied once, a later one on top", async () => {
  expect(await migrate(backend, migrations, 0)).toEqual(migrations.map((each) => each.version));
  expect(await migrate(backend, migrations, 0)).toEqual([]);

  const more = next("alter table lease add column note text");

  expect(await migrate(backend, [...migrations, more], 0)).toEqual([more.version]);
});

test("a migration that fails half way leaves nothing of itself", async () => {
  await migrate(backend, migrations, 0);
  const broken = next("create table half (id integer) strict", "this is no SQL");

  await expect(migrate(backend, [...migrations, broken], 0)).rejects.toThrow("syntax error");

  expect(await migrate(backend, [...migrations, next("create table half (id integer) strict")], 0)).toEqual([broken.version]);
});

test("versions are numbered from 1 without gaps", () => {
  expect(migrations.map((each) => each.version)).toEqual(migrations.map((_, index) => index + 1));
});
