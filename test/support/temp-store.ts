import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

/** The real store in a folder of its own, its lease taken; both gone when the test is over. */
export async function tempStore(clock?: Pick<Clock, "now">): Promise<Store> {
  return (await reopenableStore(clock)).store;
}

/** As {@link tempStore}, and `reopen` closes it and opens it again with a lease of its own, as a start after a kill does. */
export async function reopenableStore(clock?: Pick<Clock, "now">): Promise<{ readonly store: Store; readonly reopen: () => Promise<Store> }> {
  const folder = mkdtempSync(join(tmpdir(), "opsroom-test-"));
  const file = join(folder, "opsroom.db");
  const open = async (): Promise<Store> => {
    const opened = await openStore({ kind: "sqlite", file, outboxLimit: 1000, log: silentLog, ...(clock === undefined ? {} : { clock }) });
    await opened.lease.acquire("test", 10 * 86_400_000);
    return opened;
  };
  const store = await open();
  let current = store;
  onTestFinished(async () => {
    await current[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return {
    store,
    reopen: async () => {
      await current.lease.release();
      await current[Symbol.asyncDispose]();
      current = await open();
      return current;
    },
  };
}
