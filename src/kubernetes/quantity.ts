/** Kubernetes quantities: `250m`, `1.5Gi`, `1e3`, `123456789n`. Grammar: k8s.io/apimachinery/pkg/api/resource, type Quantity. Exact: no binary fraction comes between. */

/** As a power of ten, or a power of two. */
const suffixes: Readonly<Record<string, { readonly ten?: number; readonly two?: bigint }>> = {
  n: { ten: -9 },
  u: { ten: -6 },
  m: { ten: -3 },
  "": { ten: 0 },
  k: { ten: 3 },
  M: { ten: 6 },
  G: { ten: 9 },
  T: { ten: 12 },
  P: { ten: 15 },
  E: { ten: 18 },
  Ki: { two: 10n },
  Mi: { two: 20n },
  Gi: { two: 30n },
  Ti: { two: 40n },
  Pi: { two: 50n },
  Ei: { two: 60n },
};

const grammar = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/u;

/** Bytes, whole: what is left of one counts as one, as in Kubernetes. `undefined` when it is no quantity. */
export function bytes(text: unknown): number | undefined {
  return usual(text, usualBytes) ?? inUnitsOfTen(text, 0);
}

/** Millicores, to the nanocore: idle containers use less than a thousandth. `undefined` when it is no quantity. */
export function millicores(text: unknown): number | undefined {
  const nanocores = usual(text, usualNanocores) ?? inUnitsOfTen(text, 9);
  return nanocores === undefined ? undefined : nanocores / 1e6;
}

/** What nearly all quantities end in. */
const usualBytes: Readonly<Record<string, number>> = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };
const usualNanocores: Readonly<Record<string, number>> = { "": 1e9, m: 1e6, u: 1e3, n: 1 };
const zero = 0x30;

/** Digits and a usual suffix, as long as a number holds the product exactly: a big cluster has 40,000 of these, and this takes a tenth of the time. */
function usual(text: unknown, factors: Readonly<Record<string, number>>): number | undefined {
  if (typeof text !== "string") return undefined;
  let at = 0;
  let whole = 0;
  for (; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) break;
    whole = whole * 10 + digit;
  }
  if (at === 0 || text.length - at > 2) return undefined;
  const factor = factors[text.slice(at)];
  if (factor === undefined) return undefined;
  const value = whole * factor;
  return Number.isSafeInteger(whole) && Number.isSafeInteger(value) ? value : undefined;
}

/** How many units of 10^-`digits`, rounded away from zero. */
function inUnitsOfTen(given: unknown, digits: number): number | undefined {
  const text = typeof given === "number" ? String(given) : given;
  if (typeof text !== "string" || text.length > 64) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0", suffix = ""] = grammar.exec(text) ?? [];
  if (sign === undefined || whole + fraction === "") return undefined;
  const { ten = 0, two = 0n } = suffixes[suffix] ?? {};
  const power = digits + ten + Number(exponent) - fraction.length;
  const scaled = (BigInt(whole + fraction) << two) * (power > 0 ? 10n ** BigInt(power) : 1n);
  const divisor = power < 0 ? 10n ** BigInt(-power) : 1n;
  const value = Number((scaled + divisor - 1n) / divisor);
  if (!Number.isFinite(value)) return undefined;
  return sign === "-" && value !== 0 ? -value : value;
}
