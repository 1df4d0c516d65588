/** UTF-8 text that is put together from pieces in one piece of memory, which is used again and again. */

export interface GrowingText {
  readonly length: () => number;
  readonly add: (source: Buffer, from: number, to: number) => void;
  /** Whether the bytes from `from` up to `to` are `ascii`. */
  readonly has: (ascii: string, from: number, to: number) => boolean;
  readonly read: () => string;
  /** Reads it and begins anew. */
  readonly take: () => string;
}

/** @param usual bytes that it mostly needs; what is larger is given back once it is taken */
export function growingText(usual: number): GrowingText {
  let bytes = Buffer.allocUnsafeSlow(usual);
  let length = 0;
  const read = (): string => bytes.toString("utf8", 0, length);
  return {
    length: () => length,
    add: (source, from, to) => {
      const wanted = length + to - from;
      if (wanted > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * bytes.length));
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
      source.copy(bytes, length, from, to);
      length = wanted;
    },
    has: (ascii, from, to) => {
      if (to - from !== ascii.length) return false;
      for (let at = 0; at < ascii.length; at += 1) if (bytes[from + at] !== ascii.charCodeAt(at)) return false;
      return true;
    },
    read,
    take: () => {
      const text = read();
      length = 0;
      if (bytes.length > 2 * usual) bytes = Buffer.allocUnsafeSlow(usual);
      return text;
    },
  };
}
