/** Gets JSON from a homeserver as any other homeserver would: no credentials, a bound on the answer, redirects followed. */
import { TooLarge } from "../bounded-body.ts";
import { callOnce, type Answer } from "../http-call.ts";

const mostBytes = 64 * 1024;
const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws in words, when there is no 200 with JSON */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const { host } = new URL(url);
  const { status, body } = await follow(new URL(url), mostRedirects, signal);
  if (status < 200 || status > 299) throw new Error(`${host} answered ${status}`);
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Error(`${host} answered something that is no JSON`, { cause: error });
  }
}

async function follow(url: URL, redirectsLeft: number, signal: AbortSignal): Promise<Answer> {
  const answer = await callOnce({ method: "GET", url: url.href, mostBytes }, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof TooLarge) throw new Error(`${url.host} answered more than ${mostBytes / 1024} KiB`, { cause: error });
    throw new Error(`${url.host} cannot be reached: ${reason(error)}`, { cause: error });
  });
  if (answer.location === undefined || !redirects.has(answer.status)) return answer;
  if (redirectsLeft === 0) throw new Error(`${url.host} redirects for ever`);
  const next = URL.parse(answer.location, url.href);
  if (next === null || !["http:", "https:"].includes(next.protocol)) throw new Error(`${url.host} redirects to no address`);
  return await follow(next, redirectsLeft - 1, signal);
}

function reason(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : "unexpected";
}
