/**
 * Reads of a protobuf message only the fields that are wanted, as `JSON.parse` would give them of the same object's JSON: an empty text is left out,
 * a time is RFC 3339. Everything else is passed over unread, whatever its size.
 */
import type { PbfReader } from "pbf";
import { asError } from "../../errors.ts";
import { isObject } from "../../json.ts";

const varint = 0;
/** Its length stands before it. */
const counted = 2;

const tooLong = "a field is longer than what it is in";

/** How one field's value is read. */
export interface Value {
  /** How protobuf writes it; a field written otherwise is passed over, as an unknown one. */
  readonly wire: typeof varint | typeof counted;
  /** @param before what an earlier one of the same field gave @returns `undefined` where JSON would leave it out @throws SyntaxError */
  readonly read: (reader: PbfReader, before: unknown) => unknown;
}

export type Fields = Readonly<Record<number, readonly [name: string, value: Value]>>;

export const text: Value = { wire: counted, read: (reader) => textOf(reader) || undefined };
export const whole: Value = { wire: varint, read: (reader) => reader.readVarint(true) };
export const flag: Value = { wire: varint, read: (reader) => reader.readBoolean() };

/** A message with the fields of these numbers. */
export function message(fields: Fields): Value {
  const readField = (number: number, into: Record<string, unknown>, reader: PbfReader): void => {
    const field = fields[number];
    if (field === undefined || field[1].wire !== reader.type) return;
    const [name, value] = field;
    const found = value.read(reader, into[name]);
    if (found !== undefined) into[name] = found;
  };
  return { wire: counted, read: (reader) => readCounted(reader, readField, {}) };
}

/** A message of which one field stands for it all. */
export function only(wanted: number, value: Value): Value {
  const readField = (number: number, into: { found: unknown }, reader: PbfReader): void => {
    if (number === wanted && value.wire === reader.type) into.found = value.read(reader, undefined);
  };
  return { wire: counted, read: (reader) => readCounted(reader, readField, { found: undefined }).found };
}

/** A field that comes once for each entry. */
export function listOf(value: Value): Value {
  return {
    wire: value.wire,
    read: (reader, before) => {
      const all: unknown[] = Array.isArray(before) ? before : [];
      all.push(value.read(reader, undefined));
      return all;
    },
  };
}

/** A field that comes once for each name and text; `value` may be one inside a message. */
export function mapOf(value: Value): Value {
  const readField = (number: number, into: { name: string; found: unknown }, reader: PbfReader): void => {
    if (reader.type !== counted) return;
    if (number === 1) into.name = textOf(reader);
    else if (number === 2) into.found = value.read(reader, undefined);
  };
  return {
    wire: counted,
    read: (reader, before) => {
      const all: Record<string, unknown> = isObject(before) ? before : {};
      const { name, found = "" } = readCounted(reader, readField, { name: "", found: undefined });
      // A text is no prototype: by the name `__proto__` it is not kept at all.
      if (typeof found === "string") all[name] = found;
      return all;
    },
  };
}

const seconds = only(1, whole);

/** The last second that a `Date` can hold. */
const latest = 8.64e12;

/** To the second, as the API's JSON has it; the zero time, which JSON has as null, is written as nothing at all. */
export const time: Value = {
  wire: counted,
  read: (reader) => {
    const since = seconds.read(reader, undefined);
    return typeof since === "number" && Math.abs(since) < latest ? new Date(since * 1000).toISOString() : undefined;
  },
};

/** Several times as fast as a `TextDecoder` for what is mostly a word. */
function textOf(reader: PbfReader): string {
  const length = reader.readVarint();
  const from = reader.pos;
  reader.pos += length;
  if (reader.pos > reader.length) throw new SyntaxError(tooLong);
  const { buf } = reader;
  return (buf instanceof Buffer ? buf : Buffer.from(buf)).toString("utf8", from, reader.pos);
}

/** Reads the message whose length comes next. @throws SyntaxError when it is none */
export function decode(value: Value, reader: PbfReader): unknown {
  try {
    return value.read(reader, undefined);
  } catch (error) {
    throw error instanceof SyntaxError ? error : new SyntaxError(asError(error).message, { cause: error });
  }
}

function readCounted<T>(reader: PbfReader, readField: (number: number, into: T, reader: PbfReader) => void, into: T): T {
  const length = reader.readVarint();
  const end = reader.pos + length;
  if (end <= reader.length) reader.readFields(readField, into, end);
  if (reader.pos !== end) throw new SyntaxError(tooLong);
  return into;
}
