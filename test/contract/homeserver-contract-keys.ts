/** The contract's part on publishing keys and finding those of others. */
import { describe, expect, test } from "vitest";
import { preKey, refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";

const upload = async (who: Encrypter, body: unknown): Promise<unknown> => who.post("/keys/upload", body);
const claim = async (by: Encrypter, from: Encrypter, algorithm = "signed_curve25519"): Promise<unknown> =>
  by.post("/keys/claim", { one_time_keys: { [from.userId]: { [from.deviceId]: algorithm } } });
const claimed = (from: Encrypter, id: string, key: unknown): unknown => ({
  one_time_keys: { [from.userId]: { [from.deviceId]: { [id]: key } } },
  failures: {},
});
const counts = (count: number): unknown => ({ one_time_key_counts: { signed_curve25519: count } });

export function keysContract({ person, another }: EncryptionBed): void {
  describe("device keys", () => {
    test("what a device publishes is found by others, with the device's name, and by device", async () => {
      const [alice, bob] = [await person(), await person()];
      const phone = await another(alice, { name: "Phone" });
      for (const each of [alice, phone]) expect(await upload(each, { device_keys: each.deviceKeys })).toEqual(counts(0));

      const query = async (devices: readonly string[]): Promise<unknown> => bob.post("/keys/query", { device_keys: { [alice.userId]: devices } });

      const shown = { ...phone.deviceKeys, unsigned: { device_display_name: "Phone" } };
      expect(await query([])).toMatchObject({
        device_keys: { [alice.userId]: { [alice.deviceId]: { ...alice.deviceKeys, unsigned: {} }, [phone.deviceId]: shown } },
        failures: {},
      });
      expect(await query([phone.deviceId])).toMatchObject({ device_keys: { [alice.userId]: { [phone.deviceId]: shown } } });
      expect(await query(["NOTHERE"])).toMatchObject({ device_keys: { [alice.userId]: {} } });
    });

    test("who has published nothing, or is not there, has no devices", async () => {
      const [alice, bob] = [await person(), await person()];
      const nobody = alice.userId.replace("@", "@nobody");

      const answer = await bob.post("/keys/query", { device_keys: { [alice.userId]: [], [nobody]: [], nonsense: [] } });

      expect(answer).toEqual({
        device_keys: { [alice.userId]: {}, [nobody]: {} },
        failures: {},
        master_keys: {},
        self_signing_keys: {},
        user_signing_keys: {},
      });
    });

    test("a device publishes only its own keys, and only whole ones", async () => {
      const [alice, bob] = [await person(), await person()];
      const { keys: _keys, ...half } = alice.deviceKeys;

      expect(await refusal(upload(alice, { device_keys: bob.deviceKeys }))).toMatchObject({ status: 400, errcode: "M_BAD_JSON" });
      expect(await refusal(upload(alice, { device_keys: { ...alice.deviceKeys, device_id: "OTHER" } }))).toMatchObject({ status: 400, errcode: "M_BAD_JSON" });
      expect(await refusal(upload(alice, { device_keys: half }))).toMatchObject({ status: 400, errcode: "M_MISSING_PARAM" });
      expect(await refusal(upload(alice, { device_keys: null }))).toMatchObject({ status: 400, errcode: "M_INVALID_PARAM" });
      expect(await refusal(upload(alice, { one_time_keys: { nocolon: "x" } }))).toMatchObject({ status: 400, errcode: "M_BAD_JSON" });
      expect(await refusal(alice.post("/keys/query", {}))).toMatchObject({ status: 400 });
    });
  });

  describe("one-time keys", () => {
    test("each is given out once, the oldest first, and the device is told how many are left", async () => {
      const [alice, bob] = [await person(), await person()];
      const [first, second] = [preKey(alice), preKey(alice)];
      expect(await upload(alice, { one_time_keys: { "signed_curve25519:ZZ": first } })).toEqual(counts(1));
      expect(await upload(alice, { one_time_keys: { "signed_curve25519:AA": second } })).toEqual(counts(2));
      expect((await alice.sync()).device_one_time_keys_count).toEqual({ signed_curve25519: 2 });

      expect(await claim(bob, alice)).toEqual(claimed(alice, "signed_curve25519:ZZ", first));
      expect(await claim(bob, alice)).toEqual(claimed(alice, "signed_curve25519:AA", second));

      expect(await claim(bob, alice)).toEqual({ one_time_keys: {}, failures: {} });
      expect((await alice.sync()).device_one_time_keys_count).toEqual({ signed_curve25519: 0 });
      expect(await upload(alice, {})).toEqual(counts(0));
    });

    test("the same key again is taken, signed anew too; another key by its name is refused as existing already", async () => {
      const alice = await person();
      const key = preKey(alice, "first");
      const id = "signed_curve25519:AAAAAA";
      await upload(alice, { one_time_keys: { [id]: key } });

      expect(await upload(alice, { one_time_keys: { [id]: key } })).toEqual(counts(1));
      const signatures = { [alice.userId]: { [alice.key.id]: "anew" } };
      expect(await upload(alice, { one_time_keys: { [id]: { ...key, signatures } } })).toEqual(counts(1));
      const refused = await refusal(upload(alice, { device_keys: alice.deviceKeys, one_time_keys: { [id]: preKey(alice, "other") }, fallback_keys: {} }));

      expect(refused).toMatchObject({ status: 400, errcode: "M_UNKNOWN" });
      expect(refused.message).toContain(`One time key ${id} already exists. Old key: {"key":"first",`);
      expect(refused.message).toContain("; new key: ");
      // What came before the mistake in the same request was done.
      expect(await alice.post("/keys/query", { device_keys: { [alice.userId]: [] } })).toMatchObject({
        device_keys: { [alice.userId]: { [alice.deviceId]: { user_id: alice.userId } } },
      });
    });

    test("once it was given out, its name is free again", async () => {
      const [alice, bob] = [await person(), await person()];
      await upload(alice, { one_time_keys: { "signed_curve25519:A": preKey(alice) } });
      await claim(bob, alice);

      expect(await upload(alice, { one_time_keys: { "signed_curve25519:A": preKey(alice) } })).toEqual(counts(1));
    });

    test("a device holds 500 at most", async () => {
      const alice = await person();
      const keys = (from: number, count: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`curve25519:K${from + index}`, "x"]));
      await upload(alice, { one_time_keys: keys(0, 500) });

      expect(await refusal(upload(alice, { one_time_keys: keys(500, 1) }))).toMatchObject({ status: 400, errcode: "M_TOO_LARGE" });
      expect(await upload(alice, { one_time_keys: keys(0, 500) })).toEqual({ one_time_key_counts: { curve25519: 500, signed_curve25519: 0 } });
    });
  });

  test("the fallback key is given out when there is no other, again and again, and the device learns that it was used", async () => {
    const [alice, bob] = [await person(), await person()];
    const [oneTime, fallback] = [preKey(alice), preKey(alice, "fallback", { fallback: true })];
    const unused = async (): Promise<unknown> => (await alice.sync()).device_unused_fallback_key_types;
    expect(await unused()).toEqual([]);
    await upload(alice, { one_time_keys: { "signed_curve25519:A": oneTime }, fallback_keys: { "signed_curve25519:F": fallback } });

    expect(await claim(bob, alice)).toEqual(claimed(alice, "signed_curve25519:A", oneTime));
    expect(await unused()).toEqual(["signed_curve25519"]);
    expect(await claim(bob, alice)).toEqual(claimed(alice, "signed_curve25519:F", fallback));
    expect(await claim(bob, alice)).toEqual(claimed(alice, "signed_curve25519:F", fallback));
    expect(await unused()).toEqual([]);

    await upload(alice, { fallback_keys: { "signed_curve25519:F2": preKey(alice, "newer", { fallback: true }) } });
    expect(await unused()).toEqual(["signed_curve25519"]);
    expect(await claim(bob, alice, "other_algorithm")).toEqual({ one_time_keys: {}, failures: {} });
  });
}
