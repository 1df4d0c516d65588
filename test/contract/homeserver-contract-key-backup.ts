/** The contract's part on the key backup. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Content } from "../../src/sandbox/client.ts";
import { api, refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";

const algorithm = "m.megolm_backup.v1.curve25519-aes-sha2";
const notFound = { status: 404, errcode: "M_NOT_FOUND" };
const room = "!room:opsroom.test";

const key = (text: string, better: Content = {}): Content => ({
  first_message_index: 5,
  forwarded_count: 2,
  is_verified: false,
  session_data: { ciphertext: text },
  ...better,
});
const create = async (who: Encrypter, publicKey = "one"): Promise<string> => {
  const answer = await who.post("/room_keys/version", { algorithm, auth_data: { public_key: publicKey } });
  return z.object({ version: z.string() }).parse(answer).version;
};
const keysAt = (version: string, path = ""): string => api(`/room_keys/keys${path}?version=${version}`);
const at = (session: string): string => `/${encodeURIComponent(room)}/${session}`;

export function keyBackupContract({ person }: EncryptionBed): void {
  describe("key backup", () => {
    const put = async (who: Encrypter, version: string, session: string, content: Content): Promise<unknown> =>
      who.request("PUT", keysAt(version, at(session)), content);
    const info = async (who: Encrypter, version = ""): Promise<unknown> => who.request("GET", api(`/room_keys/version${version}`));

    test("without one there is none; the newest version is the current one", async () => {
      const alice = await person();
      expect(await refusal(info(alice))).toMatchObject(notFound);

      const first = await create(alice);
      const second = await create(alice, "two");

      const shown = { algorithm, auth_data: { public_key: "two" }, version: second, etag: "0", count: 0 };
      expect(second).not.toBe(first);
      expect(await info(alice)).toEqual(shown);
      expect(await info(alice, `/${second}`)).toEqual(shown);
      expect(await info(alice, `/${first}`)).toMatchObject({ version: first, auth_data: { public_key: "one" } });
      expect(await refusal(info(alice, "/99"))).toMatchObject(notFound);
      expect(await refusal(info(alice, "/nonsense"))).toMatchObject(notFound);
    });

    test("keys are put and read by session, by room and all together, with a count and a tag that changes when they do", async () => {
      const alice = await person();
      const version = await create(alice);

      expect(await put(alice, version, "s1", key("a"))).toEqual({ etag: "1", count: 1 });
      const byRoom = { sessions: { s2: key("b") } };
      expect(await alice.request("PUT", keysAt(version, `/${encodeURIComponent(room)}`), byRoom)).toEqual({ etag: "2", count: 2 });
      const all = { rooms: { [room]: { sessions: { s1: key("ignored") } }, "!other": { sessions: { s3: key("c"), s4: key("d") } } } };
      expect(await alice.request("PUT", keysAt(version), all)).toEqual({ etag: "3", count: 4 });
      expect(await alice.request("PUT", keysAt(version), all)).toEqual({ etag: "3", count: 4 });

      expect(await alice.request("GET", keysAt(version, at("s1")))).toEqual(key("a"));
      expect(await alice.request("GET", keysAt(version, `/${encodeURIComponent(room)}`))).toEqual({ sessions: { s1: key("a"), s2: key("b") } });
      expect(await alice.request("GET", keysAt(version))).toEqual({
        rooms: { [room]: { sessions: { s1: key("a"), s2: key("b") } }, "!other": { sessions: { s3: key("c"), s4: key("d") } } },
      });
      expect(await alice.request("GET", keysAt(version, "/!empty"))).toEqual({ sessions: {} });
      expect(await refusal(alice.request("GET", keysAt(version, at("s9"))))).toMatchObject(notFound);
      expect(await info(alice)).toMatchObject({ etag: "3", count: 4 });
    });

    test("a better key takes the place of a worse one, never the other way", async () => {
      const alice = await person();
      const version = await create(alice);
      await put(alice, version, "s", key("first"));
      const stored = async (): Promise<unknown> => alice.request("GET", keysAt(version, at("s")));

      await put(alice, version, "s", key("later start", { first_message_index: 6 }));
      expect(await stored()).toEqual(key("first"));
      for (const better of [{ forwarded_count: 1 }, { first_message_index: 4 }, { is_verified: true, first_message_index: 9 }]) {
        await put(alice, version, "s", key("better", better));
        expect(await stored()).toEqual(key("better", better));
      }
    });

    test("only the current version takes keys", async () => {
      const alice = await person();
      expect(await refusal(put(alice, "1", "s", key("a")))).toMatchObject(notFound);
      const first = await create(alice);
      await put(alice, first, "s", key("a"));
      const second = await create(alice);

      expect(await refusal(put(alice, first, "s", key("b")))).toMatchObject({ status: 403, errcode: "M_WRONG_ROOM_KEYS_VERSION" });
      expect(await refusal(put(alice, "99", "s", key("b")))).toMatchObject(notFound);
      expect(await refusal(alice.request("PUT", api(`/room_keys/keys${at("s")}`), key("b")))).toMatchObject({ status: 400, errcode: "M_MISSING_PARAM" });
      expect(await alice.request("GET", keysAt(first, at("s")))).toEqual(key("a"));
      expect(await alice.request("GET", keysAt(second))).toEqual({ rooms: {} });
    });

    test("keys are deleted by session, by room and all together", async () => {
      const alice = await person();
      const version = await create(alice);
      const all = { rooms: { [room]: { sessions: { s1: key("a"), s2: key("b") } }, "!other": { sessions: { s3: key("c") } } } };
      await alice.request("PUT", keysAt(version), all);

      expect(await alice.request("DELETE", keysAt(version, at("s1")))).toEqual({ etag: "2", count: 2 });
      expect(await alice.request("DELETE", keysAt(version, "/!other"))).toEqual({ etag: "3", count: 1 });
      expect(await alice.request("DELETE", keysAt(version))).toEqual({ etag: "4", count: 0 });
      expect(await refusal(alice.request("DELETE", keysAt("99")))).toMatchObject(notFound);
    });

    test("a version may be signed anew but not become another, and once deleted the one before is current and its number is not given again", async () => {
      const alice = await person();
      const [first, second] = [await create(alice), await create(alice)];
      const update = async (body: Content): Promise<unknown> => alice.request("PUT", api(`/room_keys/version/${second}`), body);

      expect(await update({ algorithm, auth_data: { public_key: "signed" }, version: second })).toEqual({});
      expect(await info(alice)).toMatchObject({ auth_data: { public_key: "signed" } });
      expect(await refusal(update({ algorithm: "other", auth_data: {} }))).toMatchObject({ status: 400, errcode: "M_INVALID_PARAM" });
      expect(await refusal(update({ algorithm, auth_data: {}, version: "99" }))).toMatchObject({ status: 400, errcode: "M_INVALID_PARAM" });

      expect(await alice.request("DELETE", api(`/room_keys/version/${second}`))).toEqual({});
      expect(await info(alice)).toMatchObject({ version: first });
      expect(await refusal(info(alice, `/${second}`))).toMatchObject(notFound);
      expect(await refusal(alice.request("GET", keysAt(second)))).toMatchObject(notFound);
      expect(await refusal(alice.request("DELETE", api("/room_keys/version/99")))).toMatchObject(notFound);
      expect(Number(await create(alice))).toBe(Number(second) + 1);
    });

    test("nobody sees another's", async () => {
      const [alice, bob] = [await person(), await person()];
      await put(alice, await create(alice), "s", key("a"));

      expect(await refusal(info(bob))).toMatchObject(notFound);
      expect(await refusal(bob.request("GET", keysAt("1")))).toMatchObject(notFound);
    });
  });
}
