import { expect, test } from "vitest";
import { nextAct, type Progress } from "../../../src/matrix/crypto/identity/verifier.ts";
import type { Phase, VerificationState } from "../../../src/matrix/crypto/machine/verifications.ts";

const at = (phase: Phase): VerificationState => ({ phase, weAsked: false, emojis: [], cancelled: undefined });
const fresh: Progress = { accepted: false, shown: false, answer: undefined, answered: false };

test("an operator's verification goes on step by step, and confirms only what a person said", () => {
  expect(nextAct(at("requested"), fresh, true)).toBe("accept");
  expect(nextAct(at("ready"), fresh, true)).toBe("wait");
  expect(nextAct(at("started"), fresh, true)).toBe("go-on");
  expect(nextAct(at("started"), { ...fresh, accepted: true }, true)).toBe("wait");
  expect(nextAct(at("emojis"), { ...fresh, accepted: true }, true)).toBe("show");
  const shown = { ...fresh, accepted: true, shown: true };
  expect(nextAct(at("emojis"), shown, true)).toBe("wait");
  expect(nextAct(at("emojis"), { ...shown, answer: true }, true)).toBe("confirm");
  expect(nextAct(at("emojis"), { ...shown, answer: false }, true)).toBe("differ");
  expect(nextAct(at("done"), { ...shown, answer: true, answered: true }, true)).toBe("over");
});

test("somebody who is no operator, or not any more, is refused in every phase", () => {
  for (const phase of ["requested", "ready", "started", "emojis", "waiting"] as const)
    expect(nextAct(at(phase), { ...fresh, shown: true, answer: true }, false)).toBe("refuse");
});

test("what the machine does not know is forgotten", () => {
  expect(nextAct(undefined, fresh, true)).toBe("forget");
});
