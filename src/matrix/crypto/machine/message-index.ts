/**
 * The number of a message within its Megolm session, from the ciphertext (https://spec.matrix.org/v1.16/client-server-api/#megolm, "Message format":
 * a version byte of 3, then a protobuf whose field 1 is the index). A ciphertext that was decrypted has it under the sender's signature. One session
 * and index seen in two events is a replay.
 */
export function messageIndex(ciphertext: string): number | undefined {
  const bytes = Buffer.from(ciphertext.slice(0, 16), "base64");
  if (bytes[0] !== 3 || bytes[1] !== 0x08) return undefined;
  let index = 0;
  for (let at = 2; at < 7; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    index += (byte & 0x7f) * 2 ** (7 * (at - 2));
    if (byte < 0x80) return index;
  }
  return undefined;
}
