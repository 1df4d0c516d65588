/** Content of messages that are no text. */

export interface Picture {
  /** `mxc://…`, from the upload. */
  readonly url: string;
  /** What it shows in words: push notifications and clients without pictures have only this. */
  readonly body: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly sizeBytes: number;
}

/** An `m.image`. Since Matrix 1.10 `body` is the caption when it differs from `filename`. */
export function imageContent({ url, body, fileName, contentType, widthPx, heightPx, sizeBytes }: Picture): Readonly<Record<string, unknown>> {
  return {
    msgtype: "m.image",
    body,
    filename: fileName,
    url,
    info: { mimetype: contentType, w: widthPx, h: heightPx, size: sizeBytes },
    "m.mentions": {},
  };
}
