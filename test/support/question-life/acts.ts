/** What can happen to a question. */
import fc from "fast-check";
import { deaths } from "../killable-store.ts";

/** Index into everybody; those who may are met more often. */
const who = fc.constantFrom<number>(0, 0, 1, 1, 2, 2, 3, 4, 5);

export const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("react" as const), who, emoji: fc.constantFrom("✅", "✅", "✅️", "4⃣", "4️⃣", "❌", "👍"), heard: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("redact" as const), which: fc.nat(6), heard: fc.boolean(), elsewhere: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("type" as const), who, word: fc.constantFrom("", "now", "now", "later", "no", "cancel", "90m") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("work" as const, "work" as const, "timers" as const, "repeat" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("catchUp" as const), between: fc.nat(6), meanwhile: fc.constantFrom("nothing", "redact", "react", "work") }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("kill" as const), writes: fc.nat(3), death: fc.constantFrom(...deaths) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clock" as const), minutes: fc.constantFrom(-8, -2, 1, 4, 9, 16) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("role" as const), who: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("reopen" as const, "remove" as const, "ask" as const, "ask" as const, "ask" as const) }),
  },
);

/** People who say yes, think again, and say it again, while the inbox fills: of what can happen, the part in which an answer is near. */
export const changeOfMind: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("react" as const),
      who: fc.nat(2),
      emoji: fc.constantFrom("✅", "✅", "4️⃣"),
      heard: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("redact" as const),
      which: fc.nat(4),
      heard: fc.constantFrom(true, true, false),
      elsewhere: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("type" as const), who: fc.nat(2), word: fc.constantFrom("now", "later") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("work" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("role" as const), who: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("catchUp" as const), between: fc.nat(4), meanwhile: fc.constantFrom("nothing", "redact", "react", "work") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clock" as const), minutes: fc.constantFrom(-2, 4, 9, 16) }) },
);

export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
