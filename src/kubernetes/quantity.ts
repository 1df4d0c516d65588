/** Kubernetes quantities: `250m`, `1.5Gi`, `1e3`, `123456789n`. Grammar: k8s.io/apimachinery/pkg/api/resource, type Quantity. */

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number it stands for; `undefined` when it is no quantity. */
export function parseQuantity(text: unknown): number | undefined {
  if (typeof text === "number") return Number.isFinite(text) ? text : undefined;
  if (typeof text !== "string" || text.length > 64) return undefined;
  const [, digits, exponent, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/u.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = factors[suffix ?? ""];
  return factor === undefined ? undefined : Number(digits + (exponent ?? "")) * factor;
}

/** Bytes, whole. */
export function bytes(text: unknown): number | undefined {
  const value = parseQuantity(text);
  return value === undefined ? undefined : Math.round(value);
}

/** Millicores; a thousandth of one is kept, since idle containers use less than one. */
export function millicores(text: unknown): number | undefined {
  const value = parseQuantity(text);
  return value === undefined ? undefined : Math.round(value * 1e6) / 1e3;
}
