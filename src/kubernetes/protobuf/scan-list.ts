/**
 * Reads a list in the protobuf of a Kubernetes API while its bytes arrive, object by object, so that no more than one of them stands in memory at once:
 * `k8s\0`, then an envelope (`Unknown` of `k8s.io/apimachinery/pkg/runtime`) whose field 2 is the list, then the list's metadata and its items.
 */
import { PbfReader } from "pbf";
import type { ListScanner, ScanNeeds } from "../scan.ts";
import { beginning, content, notBegun, readHeader, type Header } from "./envelope.ts";
import { listMetadata } from "./kinds.ts";
import { decode, type Value } from "./value.ts";

export interface ProtobufScanNeeds extends Pick<ScanNeeds, "onItems" | "onHead"> {
  /** What is read of each item. */
  readonly item: Value;
}

/** Of the list. */
const head = 1;
const items = 2;
/** More than an object mostly has. */
const usualBytes = 64 * 1024;

export function scanProtobufList({ item, onItems, onHead }: ProtobufScanNeeds): ListScanner {
  /** What has come and is not read yet. */
  let held = Buffer.allocUnsafeSlow(usualBytes);
  let length = 0;
  let begun = false;
  /** Bytes of the list that are still to be read; `undefined` before it begins. */
  let left: number | undefined;
  let metadata: unknown;

  const hold = (chunk: Buffer): void => {
    if (length + chunk.length > held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length + chunk.length, 2 * held.length));
      held.copy(larger, 0, 0, length);
      held = larger;
    }
    chunk.copy(held, length);
    length += chunk.length;
  };

  const readMember = (reader: PbfReader, { number, from }: Header): void => {
    reader.pos = from;
    if (number === head) {
      metadata = decode(listMetadata, reader);
      onHead({ metadata });
    } else if (number === items) onItems([decode(item, reader)]);
  };

  /** @returns whether a field was there: whole, or of the list that it begins */
  const readField = (reader: PbfReader): boolean => {
    const before = reader.pos;
    const header = readHeader(reader);
    if (header === undefined) return false;
    if (left === undefined && header.number === content) {
      left = header.end - reader.pos;
      return true;
    }
    if (header.end > reader.length) return false;
    // Outside of the list stand its kind and its encoding.
    if (left !== undefined && left > 0) {
      left -= header.end - before;
      if (left < 0) throw new SyntaxError("an item is longer than its list");
      readMember(reader, header);
    }
    reader.pos = header.end;
    return true;
  };

  return {
    push: (chunk) => {
      hold(chunk);
      if (!begun && length < beginning.length) return;
      const reader = new PbfReader(held.subarray(0, length));
      if (!begun) {
        if (!held.subarray(0, beginning.length).equals(beginning)) throw new SyntaxError(notBegun);
        reader.pos = beginning.length;
        begun = true;
      }
      let read = reader.pos;
      while (readField(reader)) read = reader.pos;
      held.copyWithin(0, read, length);
      length -= read;
    },
    end: () => {
      if (left !== 0 || length > 0) throw new SyntaxError("it ends in the middle");
      return { metadata, items: [] };
    },
  };
}
