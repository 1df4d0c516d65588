import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import { acting, entry, start, ttlMs, type StoreBed } from "./store-bed.ts";

const eventWriter = fileURLToPath(new URL("../support/store-writer.ts", import.meta.url));
const deliveryWriter = fileURLToPath(new URL("../support/delivery-writer.ts", import.meta.url));
const kills = 4;

export function crashContract(bed: () => StoreBed): void {
  test(
    "a process killed at any moment of its writing has lost nothing that was acknowledged, and another one waits for its lease",
    { timeout: 60_000 },
    async () => {
      bed().clock.at = Date.now();
      const store = await bed().open();
      const acknowledged: string[] = [];
      const meanwhile: Promise<number | undefined>[] = [];
      for (let round = 0; round < kills; round += 1) {
        const written = await writeUntilKilled(eventWriter, bed(), `round${round}`, 20 + 7 * round, () => meanwhile.push(store.lease.acquire("waits", ttlMs)));
        acknowledged.push(...written);
        await Promise.all(meanwhile);
        await bed().expireLease();
      }

      expect(new Set(await Promise.all(meanwhile))).toEqual(new Set([undefined]));
      expect(await store.lease.acquire("waits", ttlMs)).toBe(kills + 1);

      expect(await store.read.knownEvents(acknowledged.map(parseEventId))).toEqual(new Set(acknowledged));
      const pending = await store.read.pendingEvents(10_000);
      const audit = await store.read.verifyAudit();
      // Each write adds an event and an audit row: never one without the other.
      expect(audit).toEqual({ ok: true, rows: pending.length });
      await store.write((tx) => tx.appendAudit(entry("goes on")));
    },
  );

  test("a process killed at any moment of accepting has lost no delivery it acknowledged, nor kept half a batch", { timeout: 60_000 }, async () => {
    const leader = await acting(bed());
    const acknowledged: string[] = [];
    const finished: string[] = [];
    let working: Promise<void> = Promise.resolve();
    const workOff = async (): Promise<void> => {
      const some = await leader.read.pendingDeliveries(2);
      const seqs = some.map((each) => each.seq);
      await leader.write((tx) => tx.finishDeliveries(seqs, start));
      finished.push(...some.map((each) => each.key));
    };
    for (let round = 0; round < kills; round += 1)
      acknowledged.push(
        ...(await writeUntilKilled(deliveryWriter, bed(), `round${round}`, 60 + 20 * round, () => {
          working = working.then(workOff);
        })),
      );
    await working;

    const pending = (await leader.read.pendingDeliveries(10_000)).map((each) => each.key);
    const kept = [...finished, ...pending];
    expect(finished.length).toBeGreaterThan(0);
    expect(acknowledged.filter((key) => !kept.includes(key))).toEqual([]);
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length % 3).toBe(0);
  });
}

/** Lets another process write one thing after the other and kills it after `enough` were acknowledged; `onWritten` is called now and then. Answers all that were. */
async function writeUntilKilled(writer: string, { location }: StoreBed, name: string, enough: number, onWritten: () => void): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, name, JSON.stringify(location)], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let complained = "";
  child.stderr.on("data", (data: Buffer) => {
    complained += data.toString();
  });
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString();
    onWritten();
    if (said.split("\n").length > enough) child.kill("SIGKILL");
  });
  const signal = await new Promise<string | null>((resolve) => child.on("close", (_, how) => resolve(how)));
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself: ${complained}`);
  return said.split("\n").slice(0, -1);
}
