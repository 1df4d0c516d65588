/** The contract's part on cross-signing: a person's own keys. */
import { describe, expect, test } from "vitest";
import type { Content } from "../../src/sandbox/client.ts";
import { refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";
import { identityOf } from "./homeserver-encryption-identity.ts";

const put = "/keys/device_signing/upload";
const query = async (by: Encrypter, of: Encrypter): Promise<unknown> => by.post("/keys/query", { device_keys: { [of.userId]: [] } });

export function crossSigningContract({ person, roomOf }: EncryptionBed): void {
  describe("cross-signing keys", () => {
    test("the first need no password; others see two of them, the person all three", async () => {
      const [alice, bob] = [await person(), await person()];
      const { upload } = identityOf(alice);

      expect(await alice.post(put, upload)).toEqual({});

      const seenByAll = { master_keys: { [alice.userId]: upload.master_key }, self_signing_keys: { [alice.userId]: upload.self_signing_key } };
      expect(await query(alice, alice)).toMatchObject({ ...seenByAll, user_signing_keys: { [alice.userId]: upload.user_signing_key } });
      expect(await query(bob, alice)).toMatchObject({ ...seenByAll, user_signing_keys: {} });
    });

    test("the same again needs none either; others in their place need it, in the two steps of interactive authentication", async () => {
      const [alice, bob] = [await person(), await person()];
      await alice.post(put, identityOf(alice).upload);
      const next = identityOf(alice).upload;
      const attempt = async (auth?: Content): ReturnType<Encrypter["raw"]> => alice.raw("POST", put, { ...next, ...(auth === undefined ? {} : { auth }) });

      const asked = await attempt();
      const session: unknown = Object(asked.body)["session"];
      const auth = (user: string, password: string): Content => ({
        type: "m.login.password",
        identifier: { type: "m.id.user", user },
        password,
        session,
      });

      expect(asked).toEqual({ status: 401, body: { session: expect.any(String), flows: [{ stages: ["m.login.password"] }], params: {} } });
      expect(await attempt(auth(alice.userId, "wrong"))).toEqual({
        status: 401,
        body: { session, flows: [{ stages: ["m.login.password"] }], params: {}, completed: [], errcode: "M_FORBIDDEN", error: "Invalid username or password" },
      });
      expect(await attempt({ ...auth(alice.userId, alice.password), session: "nonsense" })).toMatchObject({ status: 400 });
      expect(await query(bob, alice)).not.toMatchObject({ master_keys: { [alice.userId]: next.master_key } });
      expect(await attempt(auth(alice.userId, alice.password))).toEqual({ status: 200, body: {} });
      expect(await query(bob, alice)).toMatchObject({ master_keys: { [alice.userId]: next.master_key } });
      expect(await attempt()).toEqual({ status: 200, body: {} });
    });

    test("another person's password does not do", async () => {
      const [alice, bob] = [await person(), await person()];
      await alice.post(put, identityOf(alice).upload);
      const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: bob.userId }, password: bob.password };

      expect(await alice.raw("POST", put, { ...identityOf(alice).upload, auth })).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
    });

    test("what is not signed by the master key, or is somebody else's, is refused", async () => {
      const [alice, bob] = [await person(), await person()];
      const { upload } = identityOf(alice);
      const attempt = async (body: unknown): Promise<unknown> => refusal(alice.post(put, body));

      expect(await attempt({ self_signing_key: upload.self_signing_key })).toMatchObject({ status: 400, errcode: "M_MISSING_PARAM" });
      expect(await attempt({ ...upload, self_signing_key: identityOf(alice).upload.self_signing_key })).toMatchObject({
        status: 400,
        errcode: "M_INVALID_SIGNATURE",
      });
      expect(await attempt(identityOf(bob).upload)).toMatchObject({ status: 400, errcode: "M_INVALID_PARAM" });
      expect(await attempt({ master_key: upload.self_signing_key })).toMatchObject({ status: 400, errcode: "M_INVALID_PARAM" });
    });

    test("new ones are a change of the person's devices", async () => {
      const [alice, bob] = [await person(), await person()];
      await roomOf(alice, bob);
      const { next_batch: since } = await bob.sync();

      await alice.post(put, identityOf(alice).upload);

      expect((await bob.sync({ since })).device_lists?.changed).toEqual([alice.userId]);
    });
  });
}
