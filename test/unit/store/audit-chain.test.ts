import { expect, test } from "vitest";
import { faultIn, nextRow, type Link } from "../../../src/store/audit-chain.ts";
import type { AuditEntry } from "../../../src/store/store.ts";

const beginning: Link = { seq: 0, hash: "0".repeat(64) };
const entry: AuditEntry = {
  at: 1,
  actor: "@nadia:example.org",
  action: "command",
  subject: "status",
  room: undefined,
  eventId: undefined,
  outcome: "ok",
  detail: "",
};

test("rows that follow one another have no fault", () => {
  const first = nextRow(beginning, entry);
  const second = nextRow(first, { ...entry, outcome: "refused" });

  expect(faultIn(beginning, first)).toBeUndefined();
  expect(faultIn(first, second)).toBeUndefined();
});

test("the hash of a row never changes between versions: old logs must go on verifying", () => {
  expect(nextRow(beginning, entry).hash).toBe("a5c7b8a17428933ea3c0a24a15eedbcf97455e19537056ef1363f238c2532cee");
});

test("a row says that it was changed when any field of it was", () => {
  const row = nextRow(beginning, entry);
  const changed = [
    { ...row, at: 2 },
    { ...row, actor: "@tomas:example.org" },
    { ...row, action: "refused" },
    { ...row, subject: "help" },
    { ...row, outcome: "failed" as const },
    { ...row, detail: "x" },
    { ...row, hash: "1".repeat(64) },
  ];

  expect(changed.map((each) => faultIn(beginning, each))).toEqual(changed.map(() => "row 1, or the one before it, was changed"));
});

test("a field's text cannot be moved into its neighbour unseen", () => {
  const row = nextRow(beginning, { ...entry, action: "command", subject: "status" });

  expect(faultIn(beginning, { ...row, action: "comman", subject: "dstatus" })).toContain("was changed");
});

test("a gap names the row that is missing", () => {
  const first = nextRow(beginning, entry);
  const second = nextRow(first, entry);

  expect(faultIn(beginning, second)).toBe("row 1 is missing");
});
