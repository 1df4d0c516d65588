import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, millicores } from "../../../src/kubernetes/quantity.ts";

const twos = { Ki: 2n ** 10n, Mi: 2n ** 20n, Gi: 2n ** 30n, Ti: 2n ** 40n } as const;
const tens = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12 } as const;
const mantissa = fc.nat({ max: 999_999_999 });

/** digits × 10^power, rounded up, by whole numbers alone. */
function roundedUp(digits: number, power: number): number {
  if (power >= 0) return Number(BigInt(digits) * 10n ** BigInt(power));
  const divisor = 10n ** BigInt(-power);
  return Number((BigInt(digits) + divisor - 1n) / divisor);
}

describe("bytes", () => {
  test.each([
    ["5314560Ki", 5_442_109_440],
    ["128974848", 128_974_848],
    ["129e6", 129_000_000],
    ["129E6", 129_000_000],
    ["129M", 129_000_000],
    ["123Mi", 128_974_848],
    ["128974848000m", 128_974_848],
    ["1.5Gi", 1_610_612_736],
    ["0.1Gi", 107_374_183],
    ["1E", 1e18],
    ["+1Ki", 1024],
    [".5Ki", 512],
    ["5.", 5],
    ["1e-3", 1],
    [1024, 1024],
  ])("%s is %d", (text, expected) => {
    expect(bytes(text)).toBe(expected);
  });

  test.each([
    "",
    ".",
    "Ki",
    "1 Ki",
    "1KiB",
    "1ki",
    "1K",
    "0x10",
    "1e",
    "1e1Ki",
    "NaN",
    "9".repeat(65),
    null,
    undefined,
    {},
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])("%j is no quantity, and not 0", (text) => {
    expect(bytes(text)).toBeUndefined();
    expect(millicores(text)).toBeUndefined();
  });

  test("with a binary suffix are exactly that many", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4000 }), fc.constantFrom(...(["Ki", "Mi", "Gi", "Ti"] as const)), (count, suffix) => {
        expect(bytes(`${count}${suffix}`)).toBe(Number(BigInt(count) * twos[suffix]));
      }),
    );
  });

  test("with a decimal suffix or exponent are exact, a part of a byte counting as one", () => {
    fc.assert(
      fc.property(mantissa, fc.constantFrom(...(["n", "u", "m", "", "k", "M", "G"] as const)), fc.integer({ min: 0, max: 6 }), (digits, suffix, places) => {
        const text = digits.toString().padStart(places + 1, "0");
        const written = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
        const expected = roundedUp(digits, tens[suffix] - places);
        expect(bytes(written + suffix)).toBe(expected);
        expect(bytes(`${written}e${tens[suffix]}`)).toBe(expected);
      }),
    );
  });
});

describe("millicores", () => {
  test.each([
    ["250m", 250],
    ["2", 2000],
    ["0.1", 100],
    ["362123456n", 362.123_456],
    ["123u", 0.123],
    ["1n", 0.000_001],
    [2, 2000],
  ])("%s is %d", (text, expected) => {
    expect(millicores(text)).toBe(expected);
  });

  test("of nanocores are told to the nanocore", () => {
    fc.assert(
      fc.property(mantissa, (nanocores) => {
        expect(millicores(`${nanocores}n`)).toBe(nanocores / 1e6);
      }),
    );
  });
});
