/** A day of syncs in a process of its own: prints the heap after a tenth of them and after all, as JSON. Needs `--expose-gc`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { parseUserId } from "../src/ids.ts";
import { runSync } from "../src/matrix/sync/loop.ts";
import { silentLog } from "../src/observe/log.ts";
import { createMetrics } from "../src/observe/metrics.ts";
import { openStore } from "../src/store/open.ts";

/** A long poll of 30 s gives 2,880 a day; ten times that is a busy room. */
const syncs = 28_800;
const folder = await mkdtemp(join(tmpdir(), "opsroom-day-"));
const account = parseUserId("@opsroom:example.org");
const stop = new AbortController();
const heapMiB = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const heaps: number[] = [];
let count = 0;
{
  await using store = await openStore({ kind: "sqlite", file: join(folder, "opsroom.db"), outboxLimit: 1000, log: silentLog });
  await store.lease.acquire("bench", 3_600_000);
  const message = (n: number) => ({
    event_id: `$e${n}`,
    sender: "@nadia:example.org",
    type: "m.room.message",
    origin_server_ts: Date.now(),
    content: { msgtype: "m.text", body: "!version" },
  });
  const sync = async (): Promise<unknown> => {
    count += 1;
    if (count % (syncs / 10) === 0) heaps.push(heapMiB());
    if (count >= syncs) stop.abort();
    return { next_batch: `s${count}`, rooms: { join: { "!room": { timeline: { events: [message(count)], limited: false, prev_batch: `p${count}` } } } } };
  };
  const metrics = createMetrics(systemClock.now);
  const nothing = (): void => undefined;
  await store.write((tx) => tx.saveSyncPosition({ account, homeserver: "http://bench", token: "s0" }));
  const api = { homeserver: "http://bench", sync, messages: async () => ({ chunk: [] }) };
  await runSync(
    {
      api,
      store,
      account,
      clock: systemClock,
      random: Math.random,
      log: silentLog,
      metrics,
      wanted: () => true,
      onAccepted: nothing,
      onChanges: nothing,
      onRewound: async () => undefined,
      onSynced: nothing,
    },
    stop.signal,
  );
}
await rm(folder, { recursive: true, force: true });
console.log(JSON.stringify({ syncs, firstMiB: heaps[0], lastMiB: heaps.at(-1) }));
