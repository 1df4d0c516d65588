/** Identifiers of the Matrix world that the compiler keeps apart. Each is made only by its parser. */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `@nadia:example.org` */
export type UserId = Branded<"UserId">;
/** `!opaque:example.org`, or `!opaque` since room version 12: never split it. */
export type RoomId = Branded<"RoomId">;
/** `$opaque` */
export type EventId = Branded<"EventId">;
/** `ABCDEFGHIJ` */
export type DeviceId = Branded<"DeviceId">;

/** @throws {TypeError} when `text` is no Matrix user id. */
export function parseUserId(text: string): UserId {
  if (!isUserId(text)) throw new TypeError(`not a Matrix user id: ${JSON.stringify(text)}`);
  return text;
}

/** A user id has 255 bytes at most and nothing in it that could break out of a line of text. */
export function isUserId(text: string): text is UserId {
  return text.length <= 255 && /^@[^:\s\p{C}]*:[^\s\p{C}]+$/u.test(text);
}

/** @throws {TypeError} when `text` is no Matrix room id. */
export function parseRoomId(text: string): RoomId {
  if (!isRoomId(text)) throw new TypeError(`not a Matrix room id: ${JSON.stringify(text)}`);
  return text;
}

export function isRoomId(text: string): text is RoomId {
  return text.length <= 255 && /^![^\s\p{C}]+$/u.test(text);
}

/** @throws {TypeError} when `text` is no Matrix event id. */
export function parseEventId(text: string): EventId {
  if (!isEventId(text)) throw new TypeError(`not a Matrix event id: ${JSON.stringify(text)}`);
  return text;
}

export function isEventId(text: string): text is EventId {
  return text.length <= 255 && /^\$[^\s\p{C}]+$/u.test(text);
}

/** @throws {TypeError} when `text` is empty or has white space in it. */
export function parseDeviceId(text: string): DeviceId {
  if (!isDeviceId(text)) throw new TypeError(`not a Matrix device id: ${JSON.stringify(text)}`);
  return text;
}

export function isDeviceId(text: string): text is DeviceId {
  return /^[^\s\p{C}]{1,255}$/u.test(text);
}
