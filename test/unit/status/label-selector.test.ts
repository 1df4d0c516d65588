import { expect, test } from "vitest";
import { parseLabelSelector } from "../../../src/status/label-selector.ts";

test.each([
  ["a=b", { a: "b" }, true],
  ["a==b", { a: "c" }, false],
  ["a!=b", {}, true],
  ["a!=b", { a: "b" }, false],
  ["a in (b, c)", { a: "c" }, true],
  ["a in (b,c)", {}, false],
  ["a notin (b,c)", {}, true],
  ["a notin (b,c)", { a: "b" }, false],
  ["a", { a: "" }, true],
  ["!a", { a: "x" }, false],
  ["app.kubernetes.io/name=mas,app.kubernetes.io/component!=postgresql", { "app.kubernetes.io/name": "mas" }, true],
  ["x in (a,b),y=1", { x: "b", y: "1" }, true],
  ["constructor", {}, false],
])("%s on %o is %s", (selector, labels, fits) => {
  expect(parseLabelSelector(selector)(labels)).toBe(fits);
});

test.each(["", "a=b,", "a in b", "a=(b)", "=b", "a b"])("%j is no selector", (selector) => {
  expect(() => parseLabelSelector(selector)).toThrow(TypeError);
});
