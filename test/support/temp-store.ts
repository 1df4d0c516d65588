import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

/** The real store in a folder of its own, its lease taken; both gone when the test is over. */
export async function tempStore(clock?: Clock): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), "opsroom-test-"));
  const store = await openStore({
    kind: "sqlite",
    file: join(folder, "opsroom.db"),
    outboxLimit: 1000,
    log: silentLog,
    ...(clock === undefined ? {} : { clock }),
  });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  await store.lease.acquire("test", 10 * 86_400_000);
  return store;
}
