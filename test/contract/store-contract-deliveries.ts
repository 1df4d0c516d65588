import { expect, test } from "vitest";
import type { DeliveryRecord } from "../../src/store/alert-store.ts";
import { DeliveriesFull } from "../../src/store/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { acting, rejection, start, type StoreBed } from "./store-bed.ts";

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const options = { copyWindowMs: 5 * minute, limit: 1000 };

type Says = readonly [sender: string, key: string, afterMs: number];

function delivery(key: string, changes: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return { key, sender: "first", group: "disks", receivedAt: start, body: JSON.stringify({ key }), ...changes };
}

const said = ([sender, key, afterMs]: Says): DeliveryRecord => delivery(key, { sender, receivedAt: start + afterMs });

/** One after the other; answers for each whether it was kept. */
async function tell(store: Store, ...all: readonly Says[]): Promise<readonly boolean[]> {
  const kept: boolean[] = [];
  for (const each of all) kept.push((await store.acceptDeliveries([said(each)], options)) === 1);
  return kept;
}

async function pendingKeys(store: Store): Promise<readonly string[]> {
  return (await store.read.pendingDeliveries(1000)).map((each) => each.key);
}

async function workOff(store: Store, now = start): Promise<void> {
  const pending = await store.read.pendingDeliveries(1000);
  await store.write((tx) =>
    tx.finishDeliveries(
      pending.map((each) => each.seq),
      now,
    ),
  );
}

export function deliveriesContract(bed: () => StoreBed): void {
  test("what was accepted waits in the order in which it came, until it is worked off", async () => {
    const store = await acting(bed());
    const many = Array.from({ length: 300 }, (_, index) => delivery(`k${index}`, { group: `g${index % 7}`, receivedAt: start + index }));

    expect(await store.acceptDeliveries(many, options)).toBe(300);

    const pending = await store.read.pendingDeliveries(1000);
    expect(pending).toEqual(many.map((each) => ({ ...each, seq: expect.any(Number) })));
    expect(await store.read.deliveryDepth()).toEqual({ waiting: 300, oldestAt: start, deadLetters: 0 });
    await store.write((tx) =>
      tx.finishDeliveries(
        pending.slice(0, 290).map((each) => each.seq),
        start,
      ),
    );
    expect(await pendingKeys(store)).toEqual(many.slice(290).map((each) => each.key));
    expect(await store.read.pendingDeliveries(2)).toHaveLength(2);
    expect(await store.read.deliveryDepth()).toMatchObject({ waiting: 10, oldestAt: start + 290 });
  });

  test("a retry and a second Alertmanager's copy of what still waits are not kept again, in one batch or in several", async () => {
    const store = await acting(bed());

    expect(await store.acceptDeliveries([delivery("x"), delivery("x"), delivery("x", { sender: "second" })], options)).toBe(1);
    expect(await store.acceptDeliveries([delivery("x"), delivery("x", { sender: "third" })], options)).toBe(0);

    expect(await pendingKeys(store)).toEqual(["x"]);
  });

  test("a second Alertmanager's copy is known however late, as long as nobody has worked the first off", async () => {
    const store = await acting(bed());

    expect(await tell(store, ["first", "x", 0], ["second", "x", day], ["first", "x", day])).toEqual([true, false, false]);
  });

  test("a second Alertmanager's copy of what was worked off is known within the window, and not after it", async () => {
    const store = await acting(bed());
    await tell(store, ["first", "x", 0]);
    await workOff(store);

    expect(await tell(store, ["second", "x", 5 * minute], ["third", "x", 5 * minute + 1])).toEqual([false, true]);
  });

  test("a sender that says again what was worked off means it: a heartbeat, a reminder", async () => {
    const store = await acting(bed());
    const kept: (readonly boolean[])[] = [];
    for (const at of [0, minute, 2 * minute]) {
      kept.push(await tell(store, ["first", "x", at], ["second", "x", at + second]));
      await workOff(store);
    }
    kept.push(await tell(store, ["second", "x", 3 * minute]));

    expect(kept).toEqual([[true, false], [true, false], [true, false], [true]]);
  });

  test("going back to what a group said before is news, even while all of it waits and from the sender of a copy", async () => {
    const store = await acting(bed());

    expect(await tell(store, ["first", "x", 0], ["first", "y", 1], ["first", "x", 2])).toEqual([true, true, true]);
    expect(await tell(store, ["second", "x", 3], ["second", "y", 4], ["second", "x", 5])).toEqual([false, true, true]);

    expect((await pendingKeys(store)).at(-1)).toBe("x");
  });

  test("an Alertmanager a few steps behind repeats nothing; one that goes back to an older state after a while is believed", async () => {
    const store = await acting(bed());
    await tell(store, ["first", "x", 0], ["first", "y", 10 * second]);
    await workOff(store);

    expect(await tell(store, ["second", "x", 20 * second], ["second", "y", 30 * second])).toEqual([false, false]);
    expect(await tell(store, ["third", "x", minute])).toEqual([true]);
  });

  test("what one group says is no copy of what another says", async () => {
    const store = await acting(bed());

    expect(await store.acceptDeliveries([delivery("x"), delivery("y", { group: "nodes" })], options)).toBe(2);
    expect(await store.acceptDeliveries([delivery("x"), delivery("y", { group: "nodes", sender: "second" })], options)).toBe(0);
  });

  test("beyond the limit nothing of a batch is kept, copies are still known, and there is room again when some were worked off", async () => {
    const store = await acting(bed());
    const three = ["a", "b", "c"].map((key) => delivery(key));
    await store.acceptDeliveries(three, { ...options, limit: 3 });

    await expect(store.acceptDeliveries([delivery("a"), delivery("d")], { ...options, limit: 3 })).rejects.toThrow(DeliveriesFull);
    expect(await store.acceptDeliveries([delivery("c", { sender: "second" })], { ...options, limit: 3 })).toBe(0);
    expect(await pendingKeys(store)).toEqual(["a", "b", "c"]);
    expect(await store.healthy()).toEqual({ ok: true });

    await workOff(store);
    expect(await store.acceptDeliveries([delivery("d")], { ...options, limit: 3 })).toBe(1);
    expect(
      await rejection(
        store.acceptDeliveries(
          three.map((each) => ({ ...each, key: `${each.key}2` })),
          { ...options, limit: 3 },
        ),
      ),
    ).toMatchObject({
      code: "OPSROOM_DELIVERIES_FULL",
      kind: "waiting",
    });
  });

  test("any instance accepts, also while another holds the lease, and the one that holds it works it off", async () => {
    const leader = await acting(bed());
    const standby = await bed().open();

    expect(await standby.acceptDeliveries([delivery("x")], options)).toBe(1);
    await standby.saveDeadLetter({ at: start, source: "prod", receiver: "ops", why: "not JSON", sample: "<" });

    expect(await pendingKeys(leader)).toEqual(["x"]);
    expect(await rejection(standby.write((tx) => tx.finishDeliveries([1], start)))).toMatchObject({ code: "OPSROOM_LEASE_LOST" });
    await workOff(leader);
    expect(await standby.read.deliveryDepth()).toEqual({ waiting: 0, oldestAt: undefined, deadLetters: 1 });
  });

  test("of the same delivery brought to several instances at the same moment one is kept", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => bed().open()));

    const kept = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const store = stores[index % 3];
        return await store?.acceptDeliveries(
          [delivery(`k${Math.floor(index / 3)}`, { sender: `am${index % 3}`, group: `g${Math.floor(index / 3)}` })],
          options,
        );
      }),
    );

    expect(kept.reduce((sum: number, each) => sum + (each ?? 0), 0)).toBe(10);
  });

  test("no delivery at all is accepted without asking the database for anything", async () => {
    const store = await bed().open();

    expect(await store.acceptDeliveries([], options)).toBe(0);
  });

  test("of dead letters the newest thousand stay, as much of each as tells what it was", async () => {
    const store = await bed().open();
    await bed().tamper(
      ...Array.from({ length: 1005 }, (_, index) => `insert into alert_dead_letter (at, source, receiver, why, sample) values (${index}, 's', 'r', 'w', '')`),
    );

    await store.saveDeadLetter({ at: start, source: "prod", receiver: "half \ud83d", why: "a \0 in it", sample: "<".repeat(3000) });

    expect(await store.read.deliveryDepth()).toMatchObject({ deadLetters: 1000 });
    expect(await store.read.deadLetters(2)).toEqual([
      { at: start, source: "prod", receiver: "half \uFFFD", why: "a \uFFFD in it", sample: "<".repeat(2000) },
      { at: 1004, source: "s", receiver: "r", why: "w", sample: "" },
    ]);
  });

  test("of what was worked off so much stays at most that the disk does not fill, however fast it comes; what waits stays", async () => {
    const store = await acting(bed());
    await tell(store, ["first", "old", 0], ["first", "waits", 1]);
    const [old] = await store.read.pendingDeliveries(1);
    await store.write((tx) => tx.finishDeliveries([old?.seq ?? 0], start));
    await bed().tamper(
      bed().location["kind"] === "postgres"
        ? "alter table alert_delivery alter column seq restart with 300000"
        : "update sqlite_sequence set seq = 300000 where name = 'alert_delivery'",
    );
    await tell(store, ["first", "new", 2]);
    const newest = (await store.read.pendingDeliveries(10)).at(-1);
    await store.write((tx) => tx.finishDeliveries([newest?.seq ?? 0], start));

    expect(await pendingKeys(store)).toEqual(["waits"]);
    expect(await tell(store, ["second", "new", 3], ["second", "old", 4])).toEqual([false, true]);
  });

  test("pruning takes what was worked off long ago, and never what waits", async () => {
    const store = await acting(bed());
    await tell(store, ["first", "old", 0]);
    await workOff(store, start);
    await tell(store, ["first", "newer", minute]);
    await workOff(store, start + day);
    await tell(store, ["first", "waits", minute]);

    const removed = await store.write((tx) => tx.prune({ events: 0, messages: 0, audit: 0, deliveries: start + day }));

    expect(removed).toBe(2);
    expect(await pendingKeys(store)).toEqual(["waits"]);
    expect(await tell(store, ["second", "newer", minute + second], ["second", "old", minute + second])).toEqual([false, true]);
  });
}
