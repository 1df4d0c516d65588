/** Reading an answer without trusting its size. */

/** @throws when the answer has more than `mostBytes`, as soon as it has; the rest is not read */
export async function readBounded(response: Response, mostBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
