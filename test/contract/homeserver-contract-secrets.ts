/** The contract's part on secret storage in account data, and on encrypted rooms as a server sees them. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { inThread, roomPath } from "../../src/sandbox/client.ts";
import { api, refusal, type Encrypter, type EncryptionBed } from "./homeserver-encryption-bed.ts";

const data = (who: Encrypter, type: string): string => api(`/user/${encodeURIComponent(who.userId)}/account_data/${type}`);
const joined = z.looseObject({ rooms: z.looseObject({ join: z.record(z.string(), z.looseObject({ timeline: z.looseObject({}) })) }) });
const encryption = { algorithm: "m.megolm.v1.aes-sha2" };
const ciphertext = { algorithm: "m.megolm.v1.aes-sha2", sender_key: "s", ciphertext: "AwgAEn", session_id: "x", device_id: "D" };

export function secretsContract({ person, another, roomOf, baseUrl }: EncryptionBed): void {
  describe("account data", () => {
    test("is there for all of a person's devices, and comes with their syncs", async () => {
      const alice = await person();
      const phone = await another(alice);
      const { next_batch: since } = await phone.sync();
      expect(await refusal(alice.request("GET", data(alice, "m.cross_signing.master")))).toMatchObject({ status: 404, errcode: "M_NOT_FOUND" });
      const secret = { encrypted: { key1: { iv: "i", ciphertext: "c", mac: "m" } } };

      await alice.request("PUT", data(alice, "m.cross_signing.master"), secret);

      expect(await phone.request("GET", data(alice, "m.cross_signing.master"))).toEqual(secret);
      expect((await phone.sync({ since })).account_data?.events).toEqual([{ type: "m.cross_signing.master", content: secret }]);
      expect((await phone.sync()).account_data?.events).toContainEqual({ type: "m.cross_signing.master", content: secret });
      await alice.request("PUT", data(alice, "m.cross_signing.master"), {});
      expect(await phone.request("GET", data(alice, "m.cross_signing.master"))).toEqual({});
    });

    test("is nobody else's, and not for what has its own path", async () => {
      const [alice, bob] = [await person(), await person()];

      expect(await refusal(alice.request("PUT", data(bob, "m.x"), {}))).toMatchObject({ status: 403, errcode: "M_FORBIDDEN" });
      expect(await refusal(alice.request("GET", data(bob, "m.x")))).toMatchObject({ status: 403, errcode: "M_FORBIDDEN" });
      expect(await refusal(alice.request("PUT", data(alice, "m.push_rules"), {}))).toMatchObject({ status: 405, errcode: "M_BAD_JSON" });
    });
  });

  test("what a client reads before it begins is there: its push rules by kind, and no relay for calls", async () => {
    const alice = await person();
    const list: unknown = expect.any(Array);

    expect(await alice.request("GET", api("/pushrules/"))).toMatchObject({
      global: { override: list, content: list, room: list, sender: list, underride: list },
    });
    expect(await alice.request("GET", api("/voip/turnServer"))).toEqual({});
  });

  describe("encrypted rooms", () => {
    test("encryption is a piece of state like others; the server takes clear text all the same", async () => {
      const [alice, bob] = [await person(), await person()];
      const room = await alice.createRoom({ preset: "public_chat", initial_state: [{ type: "m.room.encryption", state_key: "", content: encryption }] });
      await bob.join(room);
      const state = async (): Promise<unknown> => bob.request("GET", `${roomPath(room)}/state/m.room.encryption/`);

      expect(await state()).toEqual(encryption);
      expect(await refusal(bob.request("PUT", `${roomPath(room)}/state/m.room.encryption/`, encryption))).toMatchObject({ status: 403 });
      await bob.sendText(room, "in clear");
      await alice.request("PUT", `${roomPath(room)}/state/m.room.encryption/`, {});
      expect(await state()).toEqual({});
    });

    test("an encrypted event is carried as it is, with its relation and its transaction id, and is redacted to nothing", async () => {
      const [alice, bob] = [await person(), await person()];
      const room = await roomOf(alice, bob);
      const root = await alice.send(room, "m.room.encrypted", ciphertext, "t1");
      expect(await alice.send(room, "m.room.encrypted", { ...ciphertext, ciphertext: "other" }, "t1")).toBe(root);
      const reply = await bob.send(room, "m.room.encrypted", { ...ciphertext, ...inThread(root) });

      const { timeline } = joined.parse(await bob.sync()).rooms.join[room] ?? {};
      expect(timeline?.["events"]).toEqual(
        expect.arrayContaining([expect.objectContaining({ event_id: root, type: "m.room.encrypted", sender: alice.userId, content: ciphertext })]),
      );
      const related = await alice.request("GET", `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/relations/${root}/m.thread`);
      expect(related).toMatchObject({ chunk: [{ event_id: reply }] });
      await alice.redact(room, root);
      expect(await bob.request("GET", `${roomPath(room)}/event/${root}`)).toMatchObject({ type: "m.room.encrypted", content: {} });
    });

    test("an encrypted attachment is a file like others", async () => {
      const [alice, bob] = [await person(), await person()];
      const upload = await fetch(`${baseUrl()}/_matrix/media/v3/upload`, {
        method: "POST",
        headers: { authorization: `Bearer ${alice.accessToken}`, "content-type": "application/octet-stream" },
        body: new Uint8Array([7, 8, 9]),
      });
      const { content_uri: uri } = z.object({ content_uri: z.string().startsWith("mxc://") }).parse(await upload.json());

      const path = `/_matrix/client/v1/media/download/${uri.slice("mxc://".length)}`;
      const download = await fetch(baseUrl() + path, { headers: { authorization: `Bearer ${bob.accessToken}` } });

      expect(download.headers.get("content-type")).toBe("application/octet-stream");
      expect([...new Uint8Array(await download.arrayBuffer())]).toEqual([7, 8, 9]);
    });

    test("who is invited sees that the room is encrypted", async () => {
      const [alice, bob] = [await person(), await person()];
      const initial = [{ type: "m.room.encryption", state_key: "", content: encryption }];
      const room = await alice.createRoom({ preset: "private_chat", initial_state: initial, invite: [bob.userId] });

      expect(await bob.sync()).toMatchObject({
        rooms: { invite: { [room]: { invite_state: { events: expect.arrayContaining([expect.objectContaining({ type: "m.room.encryption" })]) } } } },
      });
    });
  });
}
