/** Makes content fit into an event. Over-long content is cut with a note and never refused. Pure. */

export type Content = Readonly<Record<string, unknown>>;

/** The whole event may have 65,536 bytes; what the homeserver adds (ids, hashes, signatures, auth events) needs some. */
export const mostContentBytes = 65_536 - 4096;

const note = "\n… (cut: too long for a Matrix event)";
/** What is kept when even an empty body leaves too much. */
const essential: ReadonlySet<string> = new Set(["msgtype", "body", "m.mentions"]);

export function contentBytes(content: Content): number {
  return Buffer.byteLength(JSON.stringify(content));
}

/**
 * Drops the HTML first, then cuts the body at a character's end, then drops whatever else is large.
 * @param most bytes of the whole
 * @param wrap makes the content that is sent (an edit holds it twice); asked for each try
 */
export function fit(content: Content, wrap: (content: Content) => Content, most = mostContentBytes): Content {
  const fits = (candidate: Content): boolean => contentBytes(wrap(candidate)) <= most;
  if (fits(content)) return wrap(content);
  const { format: _format, formatted_body: _html, ...plain } = content;
  const essentials = Object.fromEntries(Object.entries(plain).filter(([key, value]) => essential.has(key) && contentBytes({ value }) < most / 8));
  for (const candidate of [plain, { "m.mentions": {}, ...essentials }]) {
    const body = plain["body"];
    const cut = typeof body === "string" ? cutBody(body, (text) => fits({ ...candidate, body: text })) : undefined;
    if (cut !== undefined) return wrap({ ...candidate, body: cut });
    if (fits(candidate)) return wrap(candidate);
  }
  return wrap({ "m.mentions": {}, msgtype: "m.notice", body: note.trim() });
}

/** The longest beginning that fits together with the note; `undefined` when none does. The whole body when it fits without its HTML. */
function cutBody(body: string, fits: (text: string) => boolean): string | undefined {
  if (fits(body)) return body;
  if (!fits(note)) return undefined;
  let low = 0;
  let high = body.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(body.slice(0, characterEnd(body, middle)) + note)) low = middle;
    else high = middle - 1;
  }
  return body.slice(0, characterEnd(body, low)) + note;
}

/** A cut between the two halves of a surrogate pair would leave text that no UTF-8 can hold. */
function characterEnd(text: string, at: number): number {
  const last = text.charCodeAt(at - 1);
  return last >= 0xd8_00 && last <= 0xdb_ff ? at - 1 : at;
}
