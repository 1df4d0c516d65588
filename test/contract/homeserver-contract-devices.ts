/** The contract's part on a person's devices: seen, named, deleted, and what goes with them. */
import { describe, expect, test } from "vitest";
import type { Content } from "../../src/sandbox/client.ts";
import { api, preKey, refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";

const password = ({ userId, password: secret }: Encrypter): Content => ({
  auth: { type: "m.login.password", identifier: { type: "m.id.user", user: userId }, password: secret },
});
const whoami = async (who: Encrypter): Promise<unknown> => who.request("GET", api("/account/whoami"));
const deviceKeys = async (by: Encrypter, of: Encrypter): Promise<unknown> => by.post("/keys/query", { device_keys: { [of.userId]: [] } });
const goneToken = { status: 401, errcode: "M_UNKNOWN_TOKEN" };

async function publish(who: Encrypter): Promise<void> {
  await who.post("/keys/upload", { device_keys: who.deviceKeys, one_time_keys: { "signed_curve25519:A": preKey(who) } });
}

export function devicesContract({ person, another }: EncryptionBed): void {
  describe("devices", () => {
    test("are listed with their names, one by one too", async () => {
      const alice = await person();
      const phone = await another(alice, { name: "Phone" });
      const shown = { device_id: phone.deviceId, display_name: "Phone", user_id: alice.userId };

      const { devices } = Object(await alice.request("GET", api("/devices")));

      expect(devices).toEqual(expect.arrayContaining([expect.objectContaining(shown), expect.objectContaining({ device_id: alice.deviceId })]));
      expect(await alice.request("GET", api(`/devices/${phone.deviceId}`))).toMatchObject(shown);
      await alice.request("PUT", api(`/devices/${phone.deviceId}`), { display_name: "Tablet" });
      expect(await alice.request("GET", api(`/devices/${phone.deviceId}`))).toMatchObject({ display_name: "Tablet" });
      expect(await refusal(alice.request("GET", api("/devices/NOTHERE")))).toMatchObject({ status: 404, errcode: "M_NOT_FOUND" });
    });

    test("one that logs out takes its keys and its messages along, and its token is dead", async () => {
      const [alice, bob] = [await person(), await person()];
      const phone = await another(bob);
      for (const each of [bob, phone]) await publish(each);

      await phone.post("/logout", {});

      expect(await refusal(whoami(phone))).toMatchObject(goneToken);
      expect(await deviceKeys(alice, bob)).toMatchObject({ device_keys: { [bob.userId]: { [bob.deviceId]: {} } } });
      expect(await deviceKeys(alice, bob)).not.toHaveProperty(["device_keys", bob.userId, phone.deviceId]);
      expect(await alice.post("/keys/claim", { one_time_keys: { [bob.userId]: { [phone.deviceId]: "signed_curve25519" } } })).toEqual({
        one_time_keys: {},
        failures: {},
      });
    });

    test("one that is gone and comes back by the same name has nothing of before", async () => {
      const alice = await person();
      const phone = await another(alice, { deviceId: "PHONE" });
      await publish(phone);
      await phone.post("/logout", {});

      const back = await another(alice, { deviceId: "PHONE" });

      expect((await back.sync()).device_one_time_keys_count).toEqual({ signed_curve25519: 0 });
      expect(await deviceKeys(alice, alice)).toMatchObject({ device_keys: { [alice.userId]: {} } });
    });

    test("logging in again as the same device keeps its keys and its old token, until it logs out with either", async () => {
      const alice = await person();
      const phone = await another(alice, { deviceId: "PHONE" });
      await publish(phone);

      const again = await another(alice, { deviceId: "PHONE" });

      for (const each of [phone, again]) expect(await whoami(each)).toMatchObject({ device_id: "PHONE" });
      expect((await again.sync()).device_one_time_keys_count).toEqual({ signed_curve25519: 1 });
      expect(await deviceKeys(alice, alice)).toHaveProperty(["device_keys", alice.userId, "PHONE", "keys"], phone.deviceKeys["keys"]);
      await again.post("/logout", {});
      for (const each of [phone, again]) expect(await refusal(whoami(each))).toMatchObject(goneToken);
    });

    test("are deleted with the password only, one or several", async () => {
      const alice = await person();
      const [phone, tablet, laptop] = [await another(alice), await another(alice), await another(alice)];
      await publish(phone);
      const both = { devices: [tablet.deviceId, laptop.deviceId] };

      expect(await alice.raw("DELETE", `/devices/${phone.deviceId}`, {})).toMatchObject({ status: 401, body: { flows: [{ stages: ["m.login.password"] }] } });
      expect(await alice.raw("POST", "/delete_devices", both)).toMatchObject({ status: 401 });
      expect(await whoami(phone)).toMatchObject({ device_id: phone.deviceId });
      expect(await alice.raw("DELETE", `/devices/${phone.deviceId}`, password(alice))).toEqual({ status: 200, body: {} });
      expect(await alice.raw("POST", "/delete_devices", { ...both, ...password(alice) })).toEqual({ status: 200, body: {} });

      for (const each of [phone, tablet, laptop]) expect(await refusal(whoami(each))).toMatchObject(goneToken);
      expect(await deviceKeys(alice, alice)).toMatchObject({ device_keys: { [alice.userId]: {} } });
      expect(await alice.raw("DELETE", "/devices/NOTHERE", password(alice))).toEqual({ status: 200, body: {} });
    });

    test("a session for one act does not do for another", async () => {
      const alice = await person();
      const phone = await another(alice);
      const { body } = await alice.raw("DELETE", `/devices/${phone.deviceId}`, {});
      const { auth } = password(alice);

      const other = await alice.raw("DELETE", `/devices/${alice.deviceId}`, { auth: { ...Object(auth), session: Object(body)["session"] } });

      expect(other).toMatchObject({ status: 403 });
    });

    test("logging out everywhere ends all of them", async () => {
      const alice = await person();
      const phone = await another(alice);

      await alice.post("/logout/all", {});

      for (const each of [alice, phone]) expect(await refusal(whoami(each))).toMatchObject(goneToken);
    });
  });
}
