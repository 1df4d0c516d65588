/** The contract's part on what people sign with their cross-signing keys. */
import { describe, expect, test } from "vitest";
import type { Content } from "../../src/sandbox/client.ts";
import type { Encrypter, EncryptionBed } from "./homeserver-encryption-bed.ts";
import { withIdentity } from "./homeserver-encryption-identity.ts";
import { signed, signingKey } from "./homeserver-encryption-signing.ts";

const sign = "/keys/signatures/upload";
const query = async (by: Encrypter, of: Encrypter): Promise<unknown> => by.post("/keys/query", { device_keys: { [of.userId]: [] } });
const failed = (user: string, device: string, status: number, errcode: string): Content => ({ failures: { [user]: { [device]: { status, errcode } } } });

export function signaturesContract({ person, roomOf }: EncryptionBed): void {
  describe("signatures", () => {
    test("of one's own device and master key are seen by all, and are a change", async () => {
      const [alice, bob] = [await person(), await person()];
      await roomOf(alice, bob);
      const { master, selfSigning, upload } = await withIdentity(alice);
      const { next_batch: since } = await bob.sync();
      const device = signed(alice.deviceKeys, alice.userId, selfSigning);
      const { signatures: _signatures, ...bareMaster } = upload.master_key;
      const byDevice = signed(bareMaster, alice.userId, alice.key);

      expect(await alice.post(sign, { [alice.userId]: { [alice.deviceId]: device, [master.publicKey]: byDevice } })).toEqual({ failures: {} });

      expect(await query(bob, alice)).toMatchObject({
        device_keys: { [alice.userId]: { [alice.deviceId]: { signatures: device["signatures"] } } },
        master_keys: { [alice.userId]: { signatures: byDevice["signatures"] } },
      });
      expect((await bob.sync({ since })).device_lists?.changed).toEqual([alice.userId]);
    });

    test("of somebody else's master key are seen by who made them only, who is told", async () => {
      const [alice, bob] = [await person(), await person()];
      await roomOf(alice, bob);
      const [mine, his] = [await withIdentity(alice), await withIdentity(bob)];
      const [a, b] = [(await alice.sync()).next_batch, (await bob.sync()).next_batch];
      const made = signed(his.upload.master_key, alice.userId, mine.userSigning);

      expect(await alice.post(sign, { [bob.userId]: { [his.master.publicKey]: made } })).toEqual({ failures: {} });

      expect(await query(alice, bob)).toMatchObject({ master_keys: { [bob.userId]: { signatures: made["signatures"] } } });
      expect(await query(bob, bob)).not.toHaveProperty(["master_keys", bob.userId, "signatures", alice.userId]);
      expect((await alice.sync({ since: a })).device_lists?.changed).toEqual([bob.userId]);
      expect(await bob.sync({ since: b })).not.toHaveProperty("device_lists");
    });

    test("that are wrong are named, and nothing of them is kept", async () => {
      const [alice, bob] = [await person(), await person()];
      const { selfSigning } = await withIdentity(alice);
      const his = await withIdentity(bob);
      const attempt = async (user: string, device: string, content: Content): Promise<unknown> => alice.post(sign, { [user]: { [device]: content } });
      const own = (content: Content): Promise<unknown> => attempt(alice.userId, alice.deviceId, content);
      const forged = signed(alice.deviceKeys, alice.userId, { ...signingKey(), id: selfSigning.id });
      const other = signed({ ...alice.deviceKeys, algorithms: [] }, alice.userId, selfSigning);

      expect(await own(forged)).toMatchObject(failed(alice.userId, alice.deviceId, 400, "M_INVALID_SIGNATURE"));
      expect(await own(alice.deviceKeys)).toMatchObject(failed(alice.userId, alice.deviceId, 400, "M_INVALID_SIGNATURE"));
      expect(await own(other)).toMatchObject(failed(alice.userId, alice.deviceId, 400, "M_UNKNOWN"));
      const notThere = signed({ ...alice.deviceKeys, device_id: "NOTHERE" }, alice.userId, selfSigning);
      expect(await attempt(alice.userId, "NOTHERE", notThere)).toMatchObject(failed(alice.userId, "NOTHERE", 404, "M_NOT_FOUND"));
      expect(await attempt(bob.userId, bob.deviceId, signed(bob.deviceKeys, alice.userId, selfSigning))).toMatchObject(
        failed(bob.userId, bob.deviceId, 404, "M_NOT_FOUND"),
      );
      const byWrongKey = signed(his.upload.master_key, alice.userId, selfSigning);
      expect(await attempt(bob.userId, his.master.publicKey, byWrongKey)).toMatchObject(failed(bob.userId, his.master.publicKey, 400, "M_INVALID_SIGNATURE"));
    });

    test("without an identity there is nothing to sign with", async () => {
      const alice = await person();
      await alice.post("/keys/upload", { device_keys: alice.deviceKeys });

      expect(await alice.post(sign, { [alice.userId]: { [alice.deviceId]: alice.deviceKeys } })).toMatchObject(
        failed(alice.userId, alice.deviceId, 404, "M_NOT_FOUND"),
      );
    });
  });
}
