import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { quietCheckpoint } from "../../../src/store/quiet-checkpoint.ts";
import { openSqlite } from "../../../src/store/sqlite.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-store-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test("what was committed is soon in the database's file itself, though nobody commits any more", async () => {
  const file = join(folder, "o.db");
  const backend = openSqlite(file, systemClock);
  onTestFinished(backend.close);
  await backend.transaction(true, async (tx) => await sql`create table said (words text)`.execute(tx));
  for (let n = 0; n < 12; n += 1) await backend.transaction(true, async (tx) => await sql`insert into said values (${`hello-${n}`})`.execute(tx));
  await expect.poll(async () => (await readFile(file)).includes("hello-11"), { timeout: 5000 }).toBe(true);
});

test("while commits follow one another it waits, and what is little is left for later", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let times = 0;
  const { committed, stop } = quietCheckpoint(async () => void (times += 1));
  const commit = (count: number): void => {
    for (let n = 0; n < count; n += 1) {
      committed();
      vi.advanceTimersByTime(2);
    }
  };
  commit(5);
  vi.advanceTimersByTime(1000);
  expect(times).toBe(0);
  commit(50);
  expect(times).toBe(0);
  vi.advanceTimersByTime(10);
  expect(times).toBe(1);
  commit(20);
  stop();
  vi.advanceTimersByTime(1000);
  expect(times).toBe(1);
});
