/**
 * Cuts a list answer of the API into its items while it arrives, so that neither its text nor its objects ever stand in memory as a whole.
 * What is left beside the items (kind, metadata with the continue token) is the envelope. `metadata.managedFields` is cut out unread: half of many objects.
 */

export interface ListScanner {
  /** @throws what `onItem` throws; Error for what is no JSON */
  readonly push: (chunk: Buffer) => void;
  /** Everything beside the items, as JSON text; `hadItems` when there was a list `items`, be it empty. @throws Error when the answer ends too early */
  readonly end: () => { readonly envelope: string; readonly hadItems: boolean };
  /** The envelope as far as it has come, once the items begin. */
  readonly head: () => string | undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

/** Where an item's own object begins: within `{ "items": [ {`. */
const itemDepth = 3;
const cutKey = "managedFields";
/** A list's metadata has some hundred bytes; whatever is that large beside its items is no list. */
const mostEnvelope = 1 << 20;
const longestKey = 64;

/** @param onItem is given each item's JSON text */
export function scanList(onItem: (text: string) => void): ListScanner {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The last string that ended, if it may be one of the keys that count. */
  let word: string | undefined;
  let wordStart = "";
  let key: string | undefined;
  let inItems = false;
  let hadItems = false;
  let head: string | undefined;
  /** Depth above which a cut value ends; undefined while nothing is cut. */
  let cutFrom: number | undefined;
  /** One item's text; kept from item to item, so that it is not made anew ten thousand times. */
  let item = Buffer.allocUnsafeSlow(1 << 14);
  let itemBytes = 0;
  const envelope: Buffer[] = [];
  let envelopeBytes = 0;

  const keep = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    if (inItems && depth >= itemDepth) {
      if (itemBytes + bytes.length > item.length) {
        const larger = Buffer.allocUnsafeSlow(2 * (itemBytes + bytes.length));
        item.copy(larger, 0, 0, itemBytes);
        item = larger;
      }
      itemBytes += bytes.copy(item, itemBytes);
    } else {
      envelopeBytes += bytes.length;
      if (envelopeBytes > mostEnvelope) throw new Error("more than a list's metadata stands beside its items");
      envelope.push(bytes);
    }
  };

  const push = (chunk: Buffer): void => {
    // From here on nothing of this chunk has been kept or dropped yet.
    let from = 0;
    let wordFrom = inString ? 0 : -1;
    const mayBeKey = (): boolean => cutFrom === undefined && (depth === 1 || (inItems && depth === itemDepth + 1));
    const flush = (to: number): void => {
      if (cutFrom === undefined) keep(chunk.subarray(from, to));
      from = to;
    };
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (inString) {
        // Most of an answer is text: over it in as few steps as can be.
        let end = escaped ? at + 1 : at;
        for (let inside = chunk[end]; inside !== undefined && inside !== quote; inside = chunk[end]) end += inside === backslash ? 2 : 1;
        escaped = end > chunk.length;
        if (end >= chunk.length) break;
        inString = false;
        // Made into text only where a key that counts can stand: it is done for each string of a hundred megabytes otherwise.
        word = mayBeKey() && end - wordFrom <= longestKey ? wordStart + chunk.toString("latin1", wordFrom, end) : undefined;
        wordStart = "";
        at = end;
        continue;
      }
      switch (byte) {
        case quote:
          inString = true;
          wordFrom = at + 1;
          break;
        case colon:
          key = word;
          if (cutFrom === undefined && inItems && depth === itemDepth + 1 && key === cutKey) {
            flush(at + 1);
            cutFrom = depth;
          }
          break;
        case comma:
          if (cutFrom === depth) endCut(at);
          // Between two items: belongs to neither.
          else if (inItems && depth === itemDepth - 1) {
            flush(at);
            from = at + 1;
          }
          key = undefined;
          break;
        case openBrace:
        case openBracket:
          if (depth === 1 && key === "items" && byte === openBracket && !hadItems) {
            flush(at + 1);
            inItems = true;
            hadItems = true;
            head = Buffer.concat(envelope).toString("utf8");
          } else if (inItems && depth === itemDepth - 1) from = at;
          depth += 1;
          key = undefined;
          break;
        case closeBrace:
        case closeBracket:
          if (cutFrom === depth) endCut(at);
          if (inItems && depth === itemDepth) {
            flush(at + 1);
            const text = item.toString("utf8", 0, itemBytes);
            itemBytes = 0;
            depth -= 1;
            onItem(text);
          } else if (inItems && depth === itemDepth - 1) {
            // What stands between items is white space.
            from = at;
            inItems = false;
            depth -= 1;
          } else depth -= 1;
          break;
        default:
      }
    }
    if (inString && mayBeKey() && wordStart.length <= longestKey)
      wordStart += chunk.toString("latin1", wordFrom, Math.min(chunk.length, wordFrom + longestKey + 1));
    if (cutFrom === undefined && !(inItems && depth < itemDepth)) keep(chunk.subarray(from));

    function endCut(at: number): void {
      cutFrom = undefined;
      keep(nothing);
      from = at;
    }
  };

  return {
    push,
    head: () => head,
    end: () => {
      if (depth !== 0 || inString) throw new Error("the answer ends in the middle");
      return { envelope: Buffer.concat(envelope).toString("utf8"), hadItems };
    },
  };
}

/** In place of what is cut. */
const nothing = Buffer.from("null");
