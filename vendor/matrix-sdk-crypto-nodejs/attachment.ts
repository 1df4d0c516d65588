/** Encrypted files, as the SDK calls them. Loads the WebAssembly on first use. */
import type { EncryptedAttachment as WasmAttachment } from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
import { wasm } from "./lazy.ts";

export class EncryptedAttachment {
  readonly inner: WasmAttachment;

  /** @param mediaEncryptionInfo JSON, the `file` of the message. @throws an error for JSON that is none */
  constructor(encryptedData: Uint8Array, mediaEncryptionInfo: string) {
    this.inner = new (wasm().EncryptedAttachment)(encryptedData, mediaEncryptionInfo);
  }
}

export const Attachment = {
  encrypt: (data: Uint8Array): WasmAttachment => wasm().Attachment.encrypt(data),
  /** @throws an error when the file's hash is not the one in the message, or it was decrypted before */
  decrypt: (attachment: EncryptedAttachment): Uint8Array => wasm().Attachment.decrypt(attachment.inner),
};
