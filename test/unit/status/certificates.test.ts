import { expect, test } from "vitest";
import { judgeCertificates, type CertificateReading } from "../../../src/status/certificates.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 5, 12);
const inWords = (at: number): string => (at <= now ? `${(now - at) / day} d ago` : `in ${(at - now) / day} d`);
const judged = (...readings: readonly CertificateReading[]): readonly string[] =>
  judgeCertificates(readings, 14 * day, now, inWords).map(({ of, state, text }) => `${of} ${state}: ${text}`);
const ending = (days: number, issuer?: string): CertificateReading => ({ of: "a.example", found: { endsAt: now + days * day, issuer } });

test("one that ends later than is asked for is not told", () => {
  expect(judged(ending(15), ending(90))).toEqual([]);
});

test("one that ends soon is told with when and by whom", () => {
  expect(judged(ending(14, "R11"))).toEqual(["a.example ends: the certificate of a.example (by R11) ends in 14 d; nobody has renewed it yet"]);
  expect(judged(ending(3))).toEqual(["a.example ends: the certificate of a.example ends in 3 d; nobody has renewed it yet"]);
});

test("one that has ended is not called one that ends", () => {
  expect(judged(ending(0))).toEqual(["a.example ended: the certificate of a.example has ended: 0 d ago"]);
  expect(judged(ending(-400, "R11"))).toEqual(["a.example ended: the certificate of a.example (by R11) has ended: 400 d ago"]);
});

test("one that could not be seen is never taken for a good one", () => {
  expect(judged({ of: "b.example", found: { error: "connection refused" } }, ending(90))).toEqual([
    "b.example unread: the certificate of b.example could not be looked at: connection refused",
  ]);
});
