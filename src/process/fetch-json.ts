/** Gets JSON from a homeserver as any other homeserver would: no credentials, a bound on the answer. */

const mostBytes = 64 * 1024;

/** @throws in words, when there is no 200 with JSON */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: "follow", headers: { accept: "application/json" } }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(`${new URL(url).host} cannot be reached: ${reason(error)}`, { cause: error });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${new URL(url).host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`${new URL(url).host} answered more than ${mostBytes / 1024} KiB`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new Error(`${new URL(url).host} answered something that is no JSON`, { cause: error });
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.message : "unexpected";
}
