/** The contract's part on messages to devices. */
import { describe, expect, test } from "vitest";
import { api, refusal, type Encrypter, type EncryptionBed, type Sync } from "./homeserver-encryption-bed.ts";

let count = 0;
const send = async (from: Encrypter, to: Encrypter | string, content: unknown, { device, txn }: { device?: string; txn?: string } = {}): Promise<unknown> => {
  const [user, deviceId] = typeof to === "string" ? [to, "*"] : [to.userId, to.deviceId];
  count += 1;
  const path = api(`/sendToDevice/m.test/${txn ?? `txn${count}`}`);
  return from.request("PUT", path, { messages: { [user]: { [device ?? deviceId]: content } } });
};
const got = (sync: Sync): unknown[] => (sync.to_device?.events ?? []).map((event) => event.content["n"]);

export function toDeviceContract({ person, another }: EncryptionBed): void {
  describe("messages to devices", () => {
    test("arrive at the one device named, with type and sender, and never in a room", async () => {
      const [alice, bob] = [await person(), await person()];
      const phone = await another(bob);

      expect(await send(alice, bob, { n: 1 })).toEqual({});

      expect((await bob.sync()).to_device).toEqual({ events: [{ type: "m.test", sender: alice.userId, content: { n: 1 } }] });
      expect(await phone.sync()).not.toHaveProperty("to_device");
    });

    test("come again for the same token, and are gone once the next token was used", async () => {
      const [alice, bob] = [await person(), await person()];
      const { next_batch: before } = await bob.sync();
      await send(alice, bob, { n: 1 });

      const first = await bob.sync({ since: before });
      const again = await bob.sync({ since: before, timeout: "1" });
      expect([got(first), got(again)]).toEqual([[1], [1]]);
      expect(got(await bob.sync())).toEqual([1]);

      expect(await bob.sync({ since: first.next_batch })).not.toHaveProperty("to_device");
      expect(await bob.sync({ since: before, timeout: "2" })).not.toHaveProperty("to_device");
      expect(await bob.sync()).not.toHaveProperty("to_device");
    });

    test("the same transaction of the same device is one message; another device may use it too", async () => {
      const [alice, bob] = [await person(), await person()];
      const phone = await another(alice);

      await send(alice, bob, { n: 1 }, { txn: "same" });
      await send(alice, bob, { n: 2 }, { txn: "same" });
      await send(phone, bob, { n: 3 }, { txn: "same" });

      expect(got(await bob.sync())).toEqual([1, 3]);
    });

    test("go to all devices of a person with *; what is not there gets nothing, and nobody is told", async () => {
      const [alice, bob] = [await person(), await person()];
      const phone = await another(bob);

      await send(alice, bob.userId, { n: 1 });
      await send(alice, bob, { n: 2 }, { device: "NOTHERE" });
      await send(alice, bob.userId.replace("@", "@nobody"), { n: 3 });

      expect([got(await bob.sync()), got(await phone.sync())]).toEqual([[1], [1]]);
    });

    test("come a hundred at a time, in order", async () => {
      const [alice, bob] = [await person(), await person()];
      const { next_batch: before } = await bob.sync();
      for (let n = 0; n < 230; n += 1) await send(alice, bob, { n });

      const batches: unknown[][] = [];
      let since = before;
      for (let tries = 0; tries < 4; tries += 1) {
        const answer = await bob.sync({ since });
        batches.push(got(answer));
        since = answer.next_batch;
      }

      expect(batches.map((each) => each.length)).toEqual([100, 100, 30, 0]);
      expect(batches.flat()).toEqual(Array.from({ length: 230 }, (_, n) => n));
    });

    test("a room goes on while messages to the device lag behind", async () => {
      const [alice, bob] = [await person(), await person()];
      const room = await alice.createRoom({ preset: "public_chat" });
      await bob.join(room);
      const { next_batch: before } = await bob.sync();
      for (let n = 0; n < 101; n += 1) await send(alice, bob, { n });
      await alice.sendText(room, "hello");

      const first = await bob.sync({ since: before });
      const second = await bob.sync({ since: first.next_batch });

      expect(first).toHaveProperty(["rooms", "join", room]);
      expect(got(second)).toEqual([100]);
      expect(second).not.toHaveProperty("rooms");
    });

    test("wake a long poll", async () => {
      const [alice, bob] = [await person(), await person()];
      const { next_batch: since } = await bob.sync();

      const waiting = bob.sync({ since, timeout: "20000" });
      await send(alice, bob, { n: 1 });

      expect(got(await waiting)).toEqual([1]);
    });

    test("that ask somebody for keys are dropped without a word when there are too many", async () => {
      const [alice, bob] = [await person({ limited: true }), await person()];
      const ask = { action: "request", requesting_device_id: alice.deviceId, request_id: "r" };
      const others = Array.from({ length: 110 }, (_, index) => [alice.userId.replace("@", `@nobody${index}`), { "*": ask }] as const);
      const send110 = async (txn: string, more: Record<string, unknown>): Promise<unknown> =>
        alice.request("PUT", api(`/sendToDevice/m.room_key_request/${txn}`), { messages: { ...Object.fromEntries(others), ...more } });

      expect(await send110("many", { [bob.userId]: { "*": ask }, [alice.userId]: { "*": ask } })).toEqual({});

      expect(await bob.sync()).not.toHaveProperty("to_device");
      expect((await alice.sync()).to_device).toMatchObject({ events: [{ type: "m.room_key_request" }] });
    });

    test("over 65,536 bytes are refused, as are none at all", async () => {
      const [alice, bob] = [await person(), await person()];

      expect(await refusal(send(alice, bob, { n: "x".repeat(65_536) }))).toMatchObject({ status: 413, errcode: "M_TOO_LARGE" });
      await send(alice, bob, { n: "x".repeat(65_528) });
      expect(await refusal(alice.request("PUT", api("/sendToDevice/m.test/none"), {}))).toMatchObject({ status: 400, errcode: "M_MISSING_PARAM" });
    });
  });
}
