import { Attachment, EncryptedAttachment } from "@matrix-org/matrix-sdk-crypto-nodejs";
import { expect, test } from "vitest";
import { uploadPicture, type Picture } from "../../../src/matrix/picture.ts";

const picture: Picture = {
  data: Buffer.from("89504e47 a graph of uzig"),
  body: "memory of uzig, 24 h",
  fileName: "uzig.png",
  contentType: "image/png",
  widthPx: 800,
  heightPx: 400,
};
const info = { mimetype: "image/png", w: 800, h: 400, size: 24 };

interface Upload {
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly fileName: string;
}

async function uploaded(manner: "clear" | "encrypted"): Promise<{ readonly content: Readonly<Record<string, unknown>>; readonly upload: Upload }> {
  const uploads: Upload[] = [];
  const upload = async (data: Uint8Array, contentType: string, fileName: string): Promise<string> => {
    uploads.push({ data, contentType, fileName });
    return "mxc://example.org/abc";
  };
  const content = await uploadPicture(picture, manner, { upload }, new AbortController().signal);
  const [only] = uploads;
  if (only === undefined || uploads.length > 1) throw new Error(`${uploads.length} uploads`);
  return { content, upload: only };
}

test("a picture says in words what it shows, how big it is, and notifies nobody", async () => {
  const { content, upload } = await uploaded("clear");

  expect(upload).toEqual({ data: picture.data, contentType: "image/png", fileName: "uzig.png" });
  expect(content).toEqual({ msgtype: "m.image", body: picture.body, filename: "uzig.png", url: "mxc://example.org/abc", info, "m.mentions": {} });
});

test("of a picture for an encrypted room the homeserver sees neither content nor name nor kind, and who has the message can open it", async () => {
  const { content, upload } = await uploaded("encrypted");

  expect(upload).toMatchObject({ contentType: "application/octet-stream", fileName: "" });
  expect(Buffer.from(upload.data).includes("uzig")).toBe(false);
  expect(content).toMatchObject({ msgtype: "m.image", body: picture.body, info, file: { v: "v2", url: "mxc://example.org/abc", key: { alg: "A256CTR" } } });
  expect(content).not.toHaveProperty("url");
  const opened = Attachment.decrypt(new EncryptedAttachment(upload.data, JSON.stringify(content["file"])));
  expect(Buffer.from(opened)).toEqual(picture.data);
});

test("no two pictures have the same key", async () => {
  const [one, other] = [await uploaded("encrypted"), await uploaded("encrypted")];

  expect(Buffer.from(one.upload.data)).not.toEqual(Buffer.from(other.upload.data));
});
