import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  readonly file: string;
  /** Closes it and opens it again with a lease of its own, as a start after a kill does. */
  readonly reopen: () => Promise<Store>;
}

/** A real SQLite store in a throw-away folder, with the lease held. */
export async function testStore(clock: Pick<Clock, "now">): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-store-"));
  const file = join(folder, "opsroom.db");
  let current: Store | undefined;
  const open = async (): Promise<Store> => {
    const store = await openStore({ kind: "sqlite", file, outboxLimit: 1000, clock, log: silentLog });
    await store.lease.acquire("test", 3_600_000_000);
    current = store;
    return store;
  };
  return {
    store: await open(),
    file,
    reopen: async () => {
      await current?.lease.release();
      await current?.[Symbol.asyncDispose]();
      return open();
    },
    [Symbol.asyncDispose]: async () => {
      await current?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
