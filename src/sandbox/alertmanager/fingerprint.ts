/** Alertmanager's names for things: what an alert's labels hash to, what a group is called, how a receiver is spelt. Pure. */
import type { Labels } from "../../alerts/delivery.ts";
import { showMatcher, type Matcher } from "../../alerts/matcher.ts";

const offset = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const separator = Buffer.from([255]);

/** FNV-1a, 64 bits, over names and values in the order of the names (`model.LabelSet.Fingerprint`); 16 hexadecimal digits. */
export function fingerprintOf(labels: Labels): string {
  let hash = offset;
  for (const [name, value] of sortedLabels(labels))
    for (const byte of Buffer.concat([Buffer.from(name), separator, Buffer.from(value), separator])) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  return hash.toString(16).padStart(16, "0");
}

/** `{}:{alertname="X"}`, or `{}/{team="a"}:{alertname="X"}` for a route below the first. */
export function groupKeyOf(route: readonly Matcher[] | undefined, groupLabels: Labels): string {
  const below = route === undefined ? "" : `/{${route.map(showMatcher).join(",")}}`;
  const labels = sortedLabels(groupLabels).map(([name, value]) => `${name}=${goQuote(value)}`);
  return `{}${below}:{${labels.join(", ")}}`;
}

/** Go's `regexp.QuoteMeta`, through which a receiver's name goes on its way into a notification. */
export function quoteMeta(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/gu, String.raw`\$&`);
}

/** By name, in the order of their bytes. */
export function sortedLabels(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const short: Readonly<Record<string, string>> = {
  "\u0007": "a",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\u000b": "v",
  '"': '"',
  "\\": "\\",
};

/** Go's `%q`. */
function goQuote(text: string): string {
  const inside = text.replaceAll(/["\\]|(?! )[\p{C}\p{Z}]/gu, (char) => {
    const known = short[char];
    if (known !== undefined) return `\\${known}`;
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${inside}"`;
}
