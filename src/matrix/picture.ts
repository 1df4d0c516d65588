/** Pictures: uploaded, encrypted before that where the room is. */
import type { MatrixApi } from "./api.ts";

export interface Picture {
  readonly data: Uint8Array;
  /** What it shows in words: push notifications and clients without pictures have only this. */
  readonly body: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

type Content = Readonly<Record<string, unknown>>;

/**
 * Uploads it. Of an encrypted one the homeserver learns how large it is, and no more: neither its name nor its kind.
 * @param manner the room's, as the outbox has it; a room that turns out to be encrypted later must not be sent what was uploaded in clear
 * @returns an `m.image` to be enqueued. Since Matrix 1.10 `body` is the caption when it differs from `filename`.
 * @throws MatrixFailure
 */
export async function uploadPicture(picture: Picture, manner: "clear" | "encrypted", api: Pick<MatrixApi, "upload">, signal: AbortSignal): Promise<Content> {
  const { data, body, fileName, contentType, widthPx, heightPx } = picture;
  const place = manner === "encrypted" ? { file: await uploadSealed(data, api, signal) } : { url: await api.upload(data, contentType, fileName, signal) };
  return {
    msgtype: "m.image",
    body,
    filename: fileName,
    ...place,
    info: { mimetype: contentType, w: widthPx, h: heightPx, size: data.byteLength },
    "m.mentions": {},
  };
}

/** @returns the `file` of the message: address, key and hash (https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-attachments) */
async function uploadSealed(data: Uint8Array, api: Pick<MatrixApi, "upload">, signal: AbortSignal): Promise<Content> {
  const { Attachment } = await import("@matrix-org/matrix-sdk-crypto-nodejs");
  using sealed = Attachment.encrypt(data);
  const { mediaEncryptionInfo } = sealed;
  if (mediaEncryptionInfo === undefined) throw new Error("a sealed file has no key");
  const key: Content = JSON.parse(mediaEncryptionInfo);
  return { ...key, url: await api.upload(sealed.encryptedData, "application/octet-stream", "", signal) };
}
