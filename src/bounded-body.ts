/** Reading an answer of node:http without trusting its size. */

/** The answer is larger than it may be. */
export class TooLarge extends Error {}

/** @throws {TooLarge} as soon as there are more than `mostBytes`; the rest is not read */
export async function readBody(answer: AsyncIterable<unknown>, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > mostBytes) throw new TooLarge(`an answer of more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
