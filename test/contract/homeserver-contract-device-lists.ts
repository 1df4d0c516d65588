/** The contract's part on learning that somebody's keys have changed. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { roomPath } from "../../src/sandbox/client.ts";
import { api, refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";

/** Both ways of asking: they have to agree. */
async function lists(who: Encrypter, since: string): Promise<Lists & { readonly byChanges: Lists }> {
  const { device_lists: found } = await who.sync({ since });
  const byChanges = changes.parse(await who.request("GET", api(`/keys/changes?from=${since}&to=${since}`)));
  return { ...sorted(found?.changed, found?.left), byChanges: sorted(byChanges.changed, byChanges.left) };
}

interface Lists {
  readonly changed: readonly string[];
  readonly left: readonly string[];
}

const changes = z.strictObject({ changed: z.array(z.string()), left: z.array(z.string()) });
const sorted = (changed: readonly string[] = [], left: readonly string[] = []): Lists => ({ changed: changed.toSorted(), left: left.toSorted() });

const now = async (who: Encrypter): Promise<string> => (await who.sync()).next_batch;
const nothing = { changed: [], left: [], byChanges: { changed: [], left: [] } };
const changedIs = (...users: readonly string[]): unknown => ({ changed: users, left: [], byChanges: { changed: users, left: [] } });

export function deviceListsContract({ person, another, roomOf }: EncryptionBed): void {
  describe("device lists", () => {
    test("the first sync says nothing of them", async () => {
      const alice = await person();
      await alice.post("/keys/upload", { device_keys: alice.deviceKeys });

      expect(await alice.sync()).not.toHaveProperty("device_lists");
    });

    test("new keys are told to who shares a room and to the person's own devices, the same keys again to nobody", async () => {
      const [alice, bob, carol] = [await person(), await person(), await person()];
      await roomOf(alice, bob);
      const [a, b, c] = [await now(alice), await now(bob), await now(carol)];

      await alice.post("/keys/upload", { device_keys: alice.deviceKeys });

      expect(await lists(bob, b)).toEqual(changedIs(alice.userId));
      expect(await lists(alice, a)).toEqual(changedIs(alice.userId));
      expect(await lists(carol, c)).toEqual(nothing);
      const after = await now(bob);
      await alice.post("/keys/upload", { device_keys: alice.deviceKeys });
      await alice.post("/keys/upload", { one_time_keys: { "curve25519:A": "x" } });
      expect(await lists(bob, after)).toEqual(nothing);
    });

    test("so is a new device, a renamed one, and one that logs out", async () => {
      const [alice, bob] = [await person(), await person()];
      await roomOf(alice, bob);
      const start = await now(bob);
      const phone = await another(alice);
      const loggedIn = await now(bob);
      await alice.request("PUT", api(`/devices/${phone.deviceId}`), { display_name: "Phone" });
      const renamed = await now(bob);
      await phone.post("/logout", {});

      for (const since of [start, loggedIn, renamed]) expect(await lists(bob, since)).toEqual(changedIs(alice.userId));
    });

    test("a change wakes a long poll", async () => {
      const [alice, bob] = [await person(), await person()];
      await roomOf(alice, bob);
      const since = await now(bob);

      const waiting = bob.sync({ since, timeout: "20000" });
      await alice.post("/keys/upload", { device_keys: alice.deviceKeys });

      expect((await waiting).device_lists?.changed).toEqual([alice.userId]);
    });

    test("who joins, or is invited, counts as changed; who joins learns of all who are there", async () => {
      const [alice, bob, carol] = [await person(), await person(), await person()];
      const room = await roomOf(alice);
      const [a, b] = [await now(alice), await now(bob)];
      await alice.invite(room, carol.userId);
      const invited = await now(alice);
      await bob.join(room);

      expect(await lists(alice, a)).toEqual(changedIs(...[bob.userId, carol.userId].toSorted()));
      expect((await lists(alice, invited)).changed).toEqual([bob.userId]);
      expect((await lists(bob, b)).changed).toEqual(expect.arrayContaining([alice.userId, bob.userId]));
    });

    test("who leaves the last shared room is one to forget, for both sides; who stays in another is not", async () => {
      const [alice, bob, carol] = [await person(), await person(), await person()];
      const room = await roomOf(alice, bob, carol);
      await roomOf(alice, carol);
      const [a, b] = [await now(alice), await now(bob)];

      await bob.request("POST", `${roomPath(room)}/leave`, {});
      await carol.request("POST", `${roomPath(room)}/leave`, {});

      expect(await lists(alice, a)).toEqual({ changed: [], left: [bob.userId], byChanges: { changed: [], left: [bob.userId] } });
      expect((await lists(bob, b)).left).toEqual([alice.userId]);
      const after = await now(alice);
      await bob.post("/keys/upload", { device_keys: bob.deviceKeys });
      expect(await lists(alice, after)).toEqual(nothing);
    });

    test("a filter that leaves out who joined leaves out that their keys are new, too; new keys of members it does not", async () => {
      const [alice, bob] = [await person(), await person()];
      const room = await roomOf(alice);
      const filter = JSON.stringify({ room: { timeline: { types: ["m.room.message"] }, state: { types: ["m.room.name"] } } });
      const { next_batch: since } = await alice.sync({ filter });
      await bob.join(room);
      await bob.sendText(room, "hello");

      const joined = await alice.sync({ since, filter });
      await bob.post("/keys/upload", { device_keys: bob.deviceKeys });
      const published = await alice.sync({ since: joined.next_batch, filter });

      expect(joined).not.toHaveProperty("device_lists");
      expect(published.device_lists).toEqual({ changed: [bob.userId] });
    });

    test("changes are asked for from a token", async () => {
      const alice = await person();

      expect(await refusal(alice.request("GET", api("/keys/changes")))).toMatchObject({ status: 400, errcode: "M_MISSING_PARAM" });
      expect(await refusal(alice.request("GET", api("/keys/changes?from=nonsense")))).toMatchObject({ status: 400 });
    });
  });
}
