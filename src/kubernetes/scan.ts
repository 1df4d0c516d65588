/**
 * Reads the JSON of a list (`{"kind":…,"metadata":{…},"items":[…]}`) while its bytes arrive, so that neither the answer nor all of its items stand in
 * memory at once. It only finds where items begin and end: `JSON.parse` reads them, a few at a time, and then what stands around them.
 */
import { growingText } from "./growing-text.ts";
import { field, listOf } from "./json.ts";

export interface ListScanner {
  /** @throws SyntaxError when what has come so far is no JSON; what the callbacks throw */
  readonly push: (chunk: Buffer) => void;
  /** What stands around the items, with `items` empty if it is a list. @throws SyntaxError when the JSON is not whole */
  readonly end: () => unknown;
}

export interface ScanNeeds {
  /** Told of the items in their order, a few at a time. */
  readonly onItems: (items: readonly unknown[]) => void;
  /** Told of what stands before the items, once they begin; a Kubernetes API puts `metadata` there. */
  readonly onHead: (list: unknown) => void;
  /** Names on the second level of an item, such as `managedFields`: an object or list of that name is passed over unread, and becomes null. */
  readonly unwanted: readonly string[];
}

/** Items are parsed together from this length on: fewer calls, and still little that is alive at once. */
const batchBytes = 32 * 1024;

/** Open brackets around the names of the list, around an item, and around the names on an item's second level. */
const atList = 1;
const atItems = 2;
const atDetails = 4;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const nothing = Buffer.from("null");

export function scanList({ onItems, onHead, unwanted }: ScanNeeds): ListScanner {
  const around = growingText(4 * 1024);
  const batch = growingText(2 * batchBytes);
  /** Where bytes go. */
  let text = around;
  /** Brackets that are open. */
  let depth = 0;
  let inString = false;
  /** How many bytes of the next chunk need no look: one, if it is escaped. */
  let ahead = 0;
  /** Where the newest string lies in `text`, without its quotes. */
  let stringFrom = 0;
  let stringTo = 0;
  /** The name before the newest colon, if it matters. */
  let name: "items" | "unwanted" | undefined;
  /** The depth at which bytes count again, while something unwanted is passed over. */
  let passedAt: number | undefined;
  let batches = 0;
  const lengths = unwanted.map((each) => each.length);

  const parseBatch = (): void => {
    const items = listOf(JSON.parse(`[${batch.take()}]`));
    // Nothing between two commas, or behind the last one.
    if (items.length === 0 && batches > 0) throw new SyntaxError("an item is missing");
    batches += 1;
    onItems(items);
  };

  const push = (chunk: Buffer): void => {
    /** Bytes before this one are in `text`, or passed over. */
    let from = 0;
    let at = ahead;
    // What every byte asks for stands in variables of this call: a fifth faster.
    let level = depth;
    let open = inString;
    const keepUpTo = (end: number): void => {
      if (passedAt === undefined) text.add(chunk, from, end);
      from = end;
    };
    for (; at < chunk.length; at += 1) {
      if (open) {
        at = endOfString(chunk, at);
        if (at >= chunk.length) break;
        stringTo = text.length() + at - from;
        open = false;
        continue;
      }
      const byte = chunk[at] ?? 0;
      switch (byte) {
        case quote:
          open = true;
          stringFrom = text.length() + at + 1 - from;
          break;
        case colon:
          if (level > atDetails || passedAt !== undefined) break;
          name = undefined;
          if (text === around && level === atList) {
            keepUpTo(at);
            if (text.has("items", stringFrom, stringTo)) name = "items";
          } else if (text === batch && level === atDetails && lengths.includes(stringTo - stringFrom)) {
            keepUpTo(at);
            if (unwanted.some((each) => text.has(each, stringFrom, stringTo))) name = "unwanted";
          }
          break;
        case openList:
        case openObject:
          if (name === "items" && byte === openList) {
            keepUpTo(at + 1);
            onHead(JSON.parse(`${around.read()}]}`));
            text = batch;
          } else if (name === "unwanted") {
            keepUpTo(at);
            text.add(nothing, 0, nothing.length);
            passedAt = level;
          }
          name = undefined;
          level += 1;
          break;
        case closeList:
        case closeObject:
          if (level === atItems && text === batch) {
            keepUpTo(at);
            parseBatch();
            text = around;
          }
          level -= 1;
          if (level === passedAt) {
            passedAt = undefined;
            from = at + 1;
          }
          break;
        case comma:
          name = undefined;
          if (level === atItems && text === batch && batch.length() + at - from >= batchBytes) {
            keepUpTo(at);
            parseBatch();
            from = at + 1;
          }
          break;
        default:
      }
    }
    ahead = at - chunk.length;
    depth = level;
    inString = open;
    keepUpTo(chunk.length);
  };

  return {
    push,
    end: () => {
      const list: unknown = JSON.parse(around.read());
      // A list whose name is spelled with escapes has not been seen on the way.
      const left = listOf(field(list, "items"));
      if (left.length > 0) onItems(left);
      return list;
    },
  };
}

/** Where the string ends that `at` is in: at `chunk`'s end if it goes on behind it, or one further if the next byte is escaped. */
function endOfString(chunk: Buffer, at: number): number {
  let here = at;
  while (here < chunk.length) {
    const byte = chunk[here];
    if (byte === quote) return here;
    here += byte === backslash ? 2 : 1;
  }
  return here;
}
