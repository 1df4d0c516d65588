import { expect, test } from "vitest";
import { transactionIdOf } from "../../../src/store/outbox-row.ts";

test("a key has the same transaction id for ever: a homeserver that took it must know it again", () => {
  expect(transactionIdOf("answer/$abc")).toBe("7144a84d219aa5d8f7f8f73fe7aa4238");
});

test("it has nothing in it that a path would have to escape, and is short", () => {
  expect(transactionIdOf("answer/$a/b c?d%e")).toMatch(/^[0-9a-f]{32}$/u);
});
