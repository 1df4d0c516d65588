/** Times as operators write them: RFC 3339 mostly, Go's own way for certificates, and now and then nothing that is a time. */

/** Before this nothing was backed up: Go's zero time and typing mistakes are not taken for times. */
const earliest = Date.UTC(2000, 0, 1);
const latest = Date.UTC(2200, 0, 1);

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/u;
/** `2026-02-18 12:00:00 +0000 UTC`, as Go's `time.String` gives it, perhaps with a monotonic reading behind it. */
const goTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d)(?: .*)?$/u;

/** Milliseconds since 1970; `undefined` for everything that is no time between 2000 and 2200. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 80) return undefined;
  const text = value.trim();
  const go = goTime.exec(text);
  const standard = go === null ? text : `${go[1]}T${go[2]}${go[3]}:${go[4]}`;
  if (!rfc3339.test(standard)) return undefined;
  // More digits than milliseconds are cut: not every runtime takes nine of them.
  const ms = Date.parse(standard.replace(" ", "T").replace(/(\.\d{3})\d+/u, "$1"));
  return Number.isNaN(ms) || ms < earliest || ms > latest ? undefined : ms;
}
