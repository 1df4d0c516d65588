/** A 32-byte key as people write it down: https://spec.matrix.org/v1.16/appendices/#cryptographic-key-representation */

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const prefix = [0x8b, 0x01];
const keyBytes = 32;

/** Groups of four characters of base58. @throws TypeError when it has not 32 bytes */
export function writeRecoveryKey(key: Uint8Array): string {
  if (key.length !== keyBytes) throw new TypeError(`a recovery key has ${keyBytes} bytes, not ${key.length}`);
  const bytes = [...prefix, ...key];
  const text = toBase58([...bytes, parity(bytes)]);
  return (text.match(/.{1,4}/gu) ?? []).join(" ");
}

/** White space anywhere is fine. `undefined` for what is none: a character mistyped is found out. */
export function readRecoveryKey(text: string): Uint8Array | undefined {
  const bytes = fromBase58(text.replaceAll(/\s/gu, ""));
  if (bytes?.length !== prefix.length + keyBytes + 1 || parity(bytes) !== 0) return undefined;
  return prefix.every((byte, at) => bytes[at] === byte) ? Uint8Array.from(bytes.slice(prefix.length, -1)) : undefined;
}

const parity = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum ^ byte, 0);

/** Its first byte is never 0, so the leading zeros of base58 need no care. */
function toBase58(bytes: readonly number[]): string {
  let text = "";
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); rest > 0n; rest /= 58n) text = `${alphabet[Number(rest % 58n)] ?? ""}${text}`;
  return text;
}

function fromBase58(text: string): readonly number[] | undefined {
  if (text.length > 100) return undefined;
  let number = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  return [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")];
}
