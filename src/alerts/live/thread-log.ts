/** The log in a message's thread, in pages. Pure. */
import type { ThreadLog } from "../group.ts";

export const emptyLog: ThreadLog = { page: 0, pageAt: 0, lines: [], edits: 0, dropped: 0 };

const linesOfAPage = 20;
/** A page that is older is left as it is, and the next change begins another: it is seen at the end of the thread. */
const pageYoungMs = 10 * 60_000;
/** More are counted, not told. */
const mostPages = 12;

export interface Logged {
  readonly log: ThreadLog;
  /** What is to be done in the thread: a message of its own, an edit of the newest, or nothing. */
  readonly act: "write" | "edit" | "nothing";
}

/** @param now milliseconds since 1970 */
export function addToLog(log: ThreadLog, lines: readonly string[], now: number): Logged {
  if (lines.length === 0) return { log, act: "nothing" };
  const room = log.page > 0 && now - log.pageAt <= pageYoungMs ? linesOfAPage - log.lines.length : 0;
  if (room >= lines.length) return { log: { ...log, lines: [...log.lines, ...lines], edits: log.edits + 1 }, act: "edit" };
  if (log.page >= mostPages) return { log: { ...log, dropped: log.dropped + lines.length, edits: log.edits + 1 }, act: log.dropped === 0 ? "edit" : "nothing" };
  const fresh = lines.slice(-linesOfAPage);
  return { log: { page: log.page + 1, pageAt: now, lines: fresh, edits: 0, dropped: log.dropped + lines.length - fresh.length }, act: "write" };
}

/** What the page says, its last line telling what is not told one by one. */
export function pageLines({ lines, page, dropped }: ThreadLog): readonly string[] {
  return page >= mostPages && dropped > 0 ? [...lines, "… and so on: further changes are not told one by one."] : lines;
}
