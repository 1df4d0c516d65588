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
  return inUnitsOfTen(text, 0);
}

/** Millicores, to the nanocore: idle containers use less than a thousandth. `undefined` when it is no quantity. */
export function millicores(text: unknown): number | undefined {
  const nanocores = inUnitsOfTen(text, 9);
  return nanocores === undefined ? undefined : nanocores / 1e6;
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
