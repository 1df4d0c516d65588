/** Uploaded files, the oldest dropped when they grow beyond what a sandbox needs. */
import type { ChangeOf } from "./change.ts";

export interface StoredMedia {
  readonly contentType: string;
  readonly fileName?: string | undefined;
  readonly data: Buffer;
}

const maxTotalBytes = 100 * 2 ** 20;

export class Media {
  readonly #files = new Map<string, StoredMedia>();
  #totalBytes = 0;

  add({ id, contentType, fileName, base64 }: ChangeOf<"media">): void {
    const data = Buffer.from(base64, "base64");
    this.#files.set(id, { contentType, fileName, data });
    this.#totalBytes += data.length;
    for (const [oldId, old] of this.#files) {
      if (this.#totalBytes <= maxTotalBytes) break;
      this.#files.delete(oldId);
      this.#totalBytes -= old.data.length;
    }
  }

  get(id: string): StoredMedia | undefined {
    return this.#files.get(id);
  }
}
