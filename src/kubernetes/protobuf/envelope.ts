/** What stands around an object in the protobuf of a Kubernetes API, and around each field. */
import { PbfReader } from "pbf";
import { decode, type Value } from "./value.ts";

export const mediaType = "application/vnd.kubernetes.protobuf";

/** Then comes the envelope. */
export const beginning = Buffer.from("k8s\0");
export const notBegun = "it does not begin as a Kubernetes API's protobuf does";
/** The envelope's field in which the object is. */
export const content = 2;

export interface Header {
  readonly number: number;
  /** Where its length stands, and behind that its value. */
  readonly from: number;
  readonly end: number;
}

/** A field's number and length, and goes to its value. @returns `undefined` while they have not come whole @throws SyntaxError for what has no length */
export function readHeader(reader: PbfReader): Header | undefined {
  if (!hasVarint(reader)) return undefined;
  const tag = reader.readVarint();
  if ((tag & 7) !== 2) throw new SyntaxError("a number stands where an object is wanted");
  if (!hasVarint(reader)) return undefined;
  const from = reader.pos;
  const length = reader.readVarint();
  return { number: tag >>> 3, from, end: reader.pos + length };
}

/** @throws SyntaxError for one of more than five bytes: 4 GiB are more than any answer has */
function hasVarint({ buf, pos, length }: PbfReader): boolean {
  for (let at = pos; at < length; at += 1) {
    if (at - pos >= 5) throw new SyntaxError("a length has too many bytes");
    if ((buf[at] ?? 0) < 0x80) return true;
  }
  return false;
}

/** Reads one object that has come whole. @throws SyntaxError when there is none */
export function readObject(bytes: Buffer, value: Value): unknown {
  if (!bytes.subarray(0, beginning.length).equals(beginning)) throw new SyntaxError(notBegun);
  const reader = new PbfReader(bytes);
  reader.pos = beginning.length;
  for (let header = readHeader(reader); header !== undefined; header = readHeader(reader)) {
    if (header.number === content) {
      reader.pos = header.from;
      return decode(value, reader);
    }
    reader.pos = header.end;
  }
  throw new SyntaxError("it ends before an object begins");
}
