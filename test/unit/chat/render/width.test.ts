import * as fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, fit, fitMiddle, pad } from "../../../../src/chat/render/width.ts";

test.each([
  ["uzig", 4],
  ["🔴", 2],
  ["⚪ ok", 5],
  ["👨‍👩‍👧", 2],
  ["🇷🇺", 2],
  ["❤️", 2],
  ["e\u0301", 1],
  ["漢字", 4],
  ["한국", 4],
  ["ﾊﾝ", 2],
  ["█░…", 3],
  ["", 0],
])("%s takes %i columns", (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test("what is cut fits, says so, and no character is halved", () => {
  expect(fit("sentinel", 5)).toBe("sent…");
  expect(fit("👨‍👩‍👧👨‍👩‍👧", 3)).toBe("👨‍👩‍👧…");
  expect(fit("漢字", 2)).toBe("…");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
      expect(displayWidth(fit(text, columns))).toBeLessThanOrEqual(columns);
      expect(displayWidth(fitMiddle(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test("padding counts columns, not code units", () => {
  expect(pad("🔴", 4, "right")).toBe("🔴  ");
  expect(pad("5", 3, "left")).toBe("  5");
});

test("names that differ at the end are cut in the middle", () => {
  expect(fitMiddle("kwok-node-731", 10)).toBe("kwok…e-731");
  expect(fitMiddle("uzig", 10)).toBe("uzig");
});
