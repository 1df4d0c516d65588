import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideDrill, removable, type Leftover, type Seen } from "../../../../src/backups/drill/decide.ts";
import type { DrillRecord } from "../../../../src/backups/drill/record.ts";
import { opsRoom } from "../../../support/events.ts";

const hour = 3_600_000;
const record: DrillRecord = {
  id: "0123456789",
  cluster: "prod",
  source: { namespace: "cnpg", name: "shared-pg" },
  place: { namespace: "drills", name: "drill-shared-pg-0123456789" },
  backup: { endedAt: 0 },
  objects: { secrets: [], cluster: {} },
  begunAt: 0,
  deadlineAt: 2 * hour,
  step: "copying",
  answers: [],
  message: { room: opsRoom, edits: 0, shown: "" },
};

const leftover: fc.Arbitrary<Leftover> = fc.record({
  kind: fc.constantFrom("cluster" as const, "object-store" as const, "secret" as const, "volume-claim" as const, "pod" as const),
  name: fc.constantFrom("a", "b"),
  going: fc.boolean(),
});
const seen: fc.Arbitrary<Seen> = fc.oneof(
  fc.constant({ kind: "nothing" as const }),
  fc.record({ kind: fc.constant("questions" as const), left: fc.nat(2) }),
  fc.record({ kind: fc.constant("leftovers" as const), left: fc.array(leftover, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("trouble" as const), words: fc.constant("away"), remedy: fc.constant("wait"), passing: fc.boolean() }),
  fc.record({
    kind: fc.constant("copy" as const),
    copy: fc.option(
      fc.record({
        phase: fc.constantFrom(undefined, "Setting up primary"),
        ready: fc.boolean(),
        primary: fc.constantFrom(undefined, "x-1"),
        createdAt: fc.constantFrom(undefined, 5),
        readyAt: fc.constantFrom(undefined, 7),
        trouble: fc.constantFrom(undefined, "no node"),
        failures: fc.nat(5),
      }),
      { nil: undefined },
    ),
  }),
);
const anyRecord = fc
  .record({
    step: fc.constantFrom<DrillRecord["step"]>("copying", "creating", "restoring", "asking", "cleaning"),
    failure: fc.constantFrom(undefined, { words: "stopped", aborted: true }),
  })
  .map(({ step, failure }): DrillRecord => ({ ...record, step, failure }));

describe("whatever is seen of a drill", () => {
  test("an effect is only what its recorded step allows, and nothing is made any more once it has failed or taken too long", () => {
    const allowed: Readonly<Record<DrillRecord["step"], readonly string[]>> = {
      copying: ["copy", "wait", "go"],
      creating: ["create", "wait", "go"],
      restoring: ["wait", "go"],
      asking: ["ask", "wait", "go"],
      cleaning: ["remove", "wait", "finish"],
    };
    fc.assert(
      fc.property(anyRecord, seen, fc.nat(4 * hour), (given, what, now) => {
        const decision = decideDrill(given, what, now);
        expect(allowed[given.step]).toContain(decision.do);
        const over = given.failure !== undefined || now >= given.deadlineAt;
        expect(over && given.step !== "cleaning" ? decision : { do: "go", changes: { step: "cleaning" } }).toMatchObject({
          do: "go",
          changes: { step: "cleaning" },
        });
      }),
    );
  });

  test("it is over only when nothing is left, and somebody has looked", () => {
    fc.assert(
      fc.property(seen, fc.nat(4 * hour), (what, now) => {
        const empty = what.kind === "leftovers" && what.left.length === 0;
        expect(decideDrill({ ...record, step: "cleaning" }, what, now).do === "finish").toBe(empty);
      }),
    );
  });
});

test("the cluster goes first, then what it needed to end; pods are left to the operator, and nothing is asked for twice", () => {
  const of = (kind: Leftover["kind"], going = false): Leftover => ({ kind, name: kind, going });
  const rest = [of("object-store"), of("secret"), of("volume-claim")];
  expect(removable([of("cluster"), of("pod"), ...rest])).toEqual([of("cluster")]);
  expect(removable([of("cluster", true), ...rest])).toEqual([]);
  expect(removable([of("pod"), ...rest])).toEqual([]);
  expect(removable(rest)).toEqual(rest);
  expect(removable([of("volume-claim", true), of("secret")])).toEqual([of("secret")]);
});
