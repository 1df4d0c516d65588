import { expect, test } from "vitest";
import { parseDeviceId, parseEventId, parseUserId } from "../../src/ids.ts";
import { acting, event, found, message, ops, other, queue, seal, start, type StoreBed } from "./store-bed.ts";

const megolm = "m.megolm.v1.aes-sha2";

export function encryptionContract(bed: () => StoreBed): void {
  test("a room once encrypted stays so; said anew, its rotation changes", async () => {
    const store = await acting(bed());
    const first = { room: ops, algorithm: megolm, rotateAfterMs: 1000, rotateAfterMessages: undefined };
    await store.write((tx) => tx.saveEncryptedRoom(first, start));
    expect(await store.read.encryptedRoom(ops)).toEqual(first);
    expect(await store.read.encryptedRoom(other)).toBeUndefined();

    const changed = { ...first, rotateAfterMs: undefined, rotateAfterMessages: 3 };
    await store.write((tx) => tx.saveEncryptedRoom(changed, start));

    expect(await store.read.encryptedRooms()).toEqual([changed]);
  });

  test("the device whose keys are used is known until it is forgotten", async () => {
    const store = await acting(bed());
    const device = { user: parseUserId("@opsroom:example.org"), device: parseDeviceId("BOT"), ed25519: "key" };
    expect(await store.read.cryptoDevice()).toBeUndefined();
    await store.write((tx) => tx.saveCryptoDevice({ ...device, ed25519: "earlier" }));
    await store.write((tx) => tx.saveCryptoDevice(device));
    expect(await store.read.cryptoDevice()).toEqual(device);

    await store.write((tx) => tx.forgetCryptoDevice());
    expect(await store.read.cryptoDevice()).toBeUndefined();
  });

  test("what waits for a key is not pending until that key comes, and then in its old place", async () => {
    const store = await acting(bed());
    const pending = async (): Promise<readonly string[]> => (await store.read.pendingEvents(10)).map(({ eventId }) => eventId);
    await store.write((tx) =>
      tx.acceptEvents(["a", "b", "c", "d"].map((name) => event(name, { type: "m.room.encrypted", ...(name === "d" ? { room: other } : {}) }))),
    );
    expect(await store.write((tx) => tx.awaitKey(parseEventId("$a"), "s1"))).toBe(1);
    expect(await store.write((tx) => tx.awaitKey(parseEventId("$b"), "s1"))).toBe(2);
    expect(await store.write((tx) => tx.awaitKey(parseEventId("$d"), "s1"))).toBe(1);
    expect(await pending()).toEqual(["$c"]);
    expect((await store.read.waitingForKey({ room: ops, session: "s1" }, 10)).map(({ eventId }) => eventId)).toEqual(["$a", "$b"]);

    expect(await store.write((tx) => tx.keyCame({ room: ops, session: "s2" }))).toBe(0);
    expect(await store.write((tx) => tx.keyCame({ room: ops, session: "s1" }))).toBe(2);
    expect(await pending()).toEqual(["$a", "$b", "$c"]);
    expect(await store.write((tx) => tx.keyCame("any"))).toBe(1);
    expect(await pending()).toEqual(["$a", "$b", "$c", "$d"]);
  });

  test("a finished event waits for nothing any more", async () => {
    const store = await acting(bed());
    await store.write((tx) => tx.acceptEvents([event("a")]));
    await store.write((tx) => tx.awaitKey(parseEventId("$a"), "s"));
    await store.write((tx) => tx.finishEvent(parseEventId("$a")));

    expect(await store.write((tx) => tx.keyCame("any"))).toBe(0);
    expect(await store.write((tx) => tx.awaitKey(parseEventId("$a"), "s"))).toBe(0);
    expect(await store.read.pendingEvents(10)).toEqual([]);
  });

  test("a message of a session belongs to the first event that carried it", async () => {
    const store = await acting(bed());
    const claim = async (name: string, index: number, session = "s"): Promise<boolean> =>
      await store.write((tx) => tx.claimMessage({ session, index, event: parseEventId(`$${name}`) }, start));

    expect(await claim("a", 0)).toBe(true);
    expect(await claim("copy", 0)).toBe(false);
    expect(await claim("a", 0)).toBe(true);
    expect(await claim("b", 1)).toBe(true);
    expect(await claim("c", 0, "another")).toBe(true);
    await store.write((tx) => tx.prune({ events: start + 1, messages: start + 1, audit: start + 1 }));
    expect(await claim("copy", 0)).toBe(false);
  });

  test("what was encrypted is sealed as that, and stays it", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const { seq, revision, transactionId } = await found(store, "m");

    await store.write((tx) => tx.seal(seq, { ciphertext: "x" }, revision, "m.room.encrypted"));

    expect(await found(store, "m")).toMatchObject({ state: "sealed", type: "m.room.encrypted", content: { ciphertext: "x" }, transactionId });
    await expect(store.write((tx) => tx.encryptSealed(seq, { ciphertext: "y" }))).rejects.toThrow(/cannot be encrypted/u);
  });

  test("what was sealed in clear can be encrypted until it is sent, under the same transaction id", async () => {
    const store = await acting(bed());
    await queue(store, message("m"));
    const { seq, transactionId } = await seal(store, "m");

    await store.write((tx) => tx.encryptSealed(seq, { ciphertext: "x" }));
    expect(await found(store, "m")).toMatchObject({ type: "m.room.encrypted", content: { ciphertext: "x" }, transactionId });

    await store.write((tx) => tx.markSent(seq, parseEventId("$sent"), start));
    await expect(store.write((tx) => tx.encryptSealed(seq, { ciphertext: "y" }))).rejects.toThrow(/cannot be encrypted/u);
  });
}
