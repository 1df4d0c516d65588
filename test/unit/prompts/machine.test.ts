import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expire, legal, lose, openPrompt, unvote, use, vote, withdraw, type Hearing } from "../../../src/prompts/machine.ts";
import type { Prompt, Question, Vote } from "../../../src/prompts/prompt.ts";
import { parseEventId, parseRoomId, parseUserId, type UserId } from "../../../src/ids.ts";
import { must } from "../../support/must.ts";

const people = ["@nadia:a", "@oleg:a", "@lena:a", "@mallory:a"].map(parseUserId);
const [nadia, oleg, lena, mallory] = people.map((each) => each);
const deadlineAt = 1000;

function question(given: Partial<Question> = {}): Question {
  return {
    id: "silence/1",
    kind: "silence",
    room: parseRoomId("!ops:a"),
    lines: [{ text: "Mute 14 alerts?" }],
    choices: [
      { name: "yes", emoji: "✅", label: "do it", yes: true },
      { name: "4h", emoji: "4️⃣", label: "four hours", yes: true },
      { name: "no", emoji: "❌", label: "do not", yes: false },
    ],
    people: people.slice(0, 3),
    needed: 1,
    notBy: undefined,
    free: false,
    deadlineAt,
    thread: undefined,
    payload: { what: "x" },
    ...given,
  };
}

let events = 0;
const said = (by: UserId | undefined, choice: string, at = 0): Vote => ({
  by: by ?? parseUserId("@nobody:a"),
  choice,
  free: undefined,
  event: parseEventId(`$${(events += 1)}`),
  typed: false,
  at,
});
const open = (given: Partial<Question> = {}): Prompt => openPrompt(question(given), "K7QP", 0);
const at = (now: number, without?: UserId, takenBack?: Vote): Hearing => ({
  now,
  mayAct: (user) => user !== without,
  takenBack: (event) => event === takenBack?.event,
});

describe("one person is enough", () => {
  test("a yes answers, and a second answer changes nothing", () => {
    const first = vote(open(), said(nadia, "yes"), at(10));
    expect(first).toMatchObject({ effect: "answered", prompt: { status: "answered", answer: { choice: "yes", by: [nadia] } } });
    expect(vote(first.prompt, said(oleg, "no"), at(11))).toEqual({ prompt: first.prompt, effect: "nothing" });
  });
  test("whoever is not asked is not heard, nor whoever lost the role since", () => {
    expect(vote(open(), said(mallory, "yes"), at(10)).effect).toBe("nothing");
    expect(vote(open(), said(nadia, "yes"), at(10, nadia)).effect).toBe("nothing");
  });
  test("too late is no, by our clock or by the sender's, also before the deadline's timer has run", () => {
    expect(vote(open(), said(nadia, "yes", 999), at(deadlineAt)).effect).toBe("nothing");
    expect(vote(open(), said(nadia, "yes", deadlineAt), at(999)).effect).toBe("nothing");
    expect(expire(open(), deadlineAt)?.status).toBe("expired");
    expect(expire(open(), deadlineAt - 1)).toBeUndefined();
  });
  test("what is no choice is nothing", () => {
    expect(vote(open(), said(nadia, "maybe"), at(10)).effect).toBe("nothing");
    expect(vote(open(), { ...said(nadia, "other"), free: "90m" }, at(10)).effect).toBe("nothing");
    expect(vote(open({ free: true }), { ...said(nadia, "other"), free: "90m" }, at(10)).effect).toBe("answered");
  });
});

describe("two people", () => {
  const two = open({ needed: 2, notBy: oleg });
  test("two different ones, for the same choice", () => {
    const one = vote(two, said(nadia, "yes"), at(10));
    expect(one.effect).toBe("noted");
    expect(vote(one.prompt, said(nadia, "yes"), at(11)).effect).toBe("noted");
    expect(vote(one.prompt, said(lena, "4h"), at(11)).effect).toBe("noted");
    expect(vote(one.prompt, said(lena, "yes"), at(11))).toMatchObject({ effect: "answered", prompt: { answer: { by: [nadia, lena] } } });
  });
  test("whoever asked cannot be one of them, but can say no", () => {
    expect(vote(two, said(oleg, "yes"), at(10)).effect).toBe("nothing");
    expect(vote(two, said(oleg, "no"), at(10))).toMatchObject({ effect: "answered", prompt: { answer: { yes: false } } });
  });
  test("a yes that was taken back does not count, and is not heard again", () => {
    const mine = said(nadia, "yes");
    const back = unvote(vote(two, mine, at(10)).prompt, mine.event);
    expect(vote(back.prompt, said(lena, "yes"), at(12)).effect).toBe("noted");
    expect(vote(back.prompt, mine, at(12)).effect).toBe("nothing");
  });
  test("a vote that was replaced is not heard again; taking the newer one back does not bring it back", () => {
    const first = said(nadia, "yes");
    const second = said(nadia, "4h");
    const changed = vote(vote(two, first, at(10)).prompt, second, at(11)).prompt;
    expect(vote(changed, first, at(12)).effect).toBe("nothing");
    expect(unvote(changed, second.event).prompt.votes).toEqual([]);
    expect(vote(changed, said(lena, "yes"), at(13)).effect).toBe("noted");
  });
  test("a yes that is being taken back does not count, though its turn has not come", () => {
    const mine = said(nadia, "yes");
    const one = vote(two, mine, at(10)).prompt;
    expect(vote(one, said(lena, "yes"), at(11, undefined, mine)).effect).toBe("noted");
    expect(vote(two, mine, at(10, undefined, mine)).effect).toBe("nothing");
  });
  test("a reaction that the homeserver only did not show us yet may count again", () => {
    const mine = said(nadia, "yes");
    const lost = lose(vote(two, mine, at(10)).prompt, [mine.event]);
    expect(lost.prompt.votes).toEqual([]);
    expect(vote(lost.prompt, mine, at(11)).prompt.votes).toEqual([mine]);
  });
  test("the first of them lost the role before the second came: that is one", () => {
    const one = vote(two, said(nadia, "yes"), at(10)).prompt;
    expect(vote(one, said(lena, "yes"), at(11, nadia)).effect).toBe("noted");
  });
});

describe("an answer is taken up", () => {
  const answered = vote(open(), said(nadia, "yes"), at(10)).prompt;
  test("once", () => {
    const used = use(answered, at(11));
    expect(used).toMatchObject({ kind: "used", prompt: { status: "used" } });
    expect(use("prompt" in used ? used.prompt : answered, at(12))).toEqual({ kind: "nothing" });
  });
  test("only as it was shown", () => {
    const all = [{ payload: { what: "something else" } }, { lines: [{ text: "Mute 1 alert?" }] }, { people: people.slice(0, 4) }, { id: "silence/2" }] as const;
    for (const other of all) expect(use({ ...answered, ...other }, at(11)).kind).toBe("void");
  });
  test("not long after it was given, not when whoever gave it may not any more", () => {
    expect(use(answered, at(10 + 3_600_000))).toMatchObject({ kind: "void", prompt: { status: "withdrawn", answer: answered.answer } });
    expect(use({ ...answered, goodForMs: 5 }, at(11)).kind).toBe("void");
    expect(use(answered, at(11, nadia))).toMatchObject({ kind: "void", prompt: { why: "@nadia:a may not answer any more" } });
  });
  test("not a no, not one withdrawn", () => {
    expect(use(vote(open(), said(nadia, "no"), at(10)).prompt, at(11)).kind).toBe("nothing");
    const gone = withdraw(answered, undefined);
    expect(gone === undefined ? "there" : use(gone, at(11)).kind).toBe("nothing");
  });
});

describe("what cannot be asked, since its answer could be mistaken", () => {
  const yes = { name: "yes", emoji: "✅", label: "do it", yes: true };
  const no = { name: "no", emoji: "❌", label: "do not", yes: false };
  test.each([
    ["no deadline", { deadlineAt: Number.NaN }],
    ["no way to say no", { choices: [yes] }],
    ["one name twice", { choices: [yes, no, { ...no, name: "YES", emoji: "👎" }] }],
    ["one emoji twice, but for its colour", { choices: [{ ...yes, emoji: "👍🏽" }, no, { ...yes, name: "also", emoji: "👍️" }] }],
    ["a no that means yes", { choices: [no, { ...yes, name: "Stop" }] }],
    ["a choice of two words", { choices: [no, { ...yes, name: "do it" }] }],
    ["an id with other characters", { id: "silence 1" }],
    ["an answer that is never good", { goodForMs: 0 }],
  ] satisfies readonly (readonly [string, Partial<Question>])[])("%s", (_name, given) => {
    expect(() => open(given)).toThrow("cannot be asked");
  });
});

test("whatever is said, by whom and when: yes only by enough of those asked, in time, for one thing; and never changed afterwards", () => {
  const act = fc.oneof(
    fc.record({
      do: fc.constant("vote" as const),
      who: fc.nat(3),
      choice: fc.constantFrom("yes", "4h", "no", "maybe"),
      wait: fc.integer({ min: -100, max: 200 }),
    }),
    fc.record({ do: fc.constantFrom("unvote" as const, "again" as const), which: fc.nat(10), wait: fc.nat(200) }),
    fc.record({ do: fc.constant("role" as const), who: fc.nat(2), wait: fc.nat(50) }),
    fc.record({ do: fc.constantFrom("expire" as const, "withdraw" as const, "use" as const), wait: fc.nat(300) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.constantFrom(1 as const, 2 as const), fc.boolean(), (acts, needed, exclude) => {
      let prompt = open({ needed, notBy: exclude ? nadia : undefined });
      let now = 0;
      let uses = 0;
      const without = new Set<UserId>();
      const world = (): Hearing => ({ now, mayAct: (user) => !without.has(user), takenBack: () => false });
      const standing = new Map<UserId, Vote>();
      const all: Vote[] = [];
      const hear = (one: Vote): void => {
        const step = vote(prompt, one, world());
        prompt = step.prompt;
        if (step.effect !== "nothing") standing.set(one.by, one);
        if (step.effect !== "answered" || prompt.answer?.yes !== true) return;
        const choice = prompt.answer.choice;
        const supporters = [...standing.values()].filter((given) => given.choice === choice && !without.has(given.by)).map((given) => given.by);
        must(now < deadlineAt, "in time");
        must(new Set(supporters).size >= needed, "enough people");
        must(!supporters.some((by) => by === mallory || (exclude && by === nadia)), "only those who may");
        must(prompt.answer.by.toSorted().join(" ") === supporters.toSorted().join(" "), "by those who stand to it");
      };
      for (const each of acts) {
        now += each.wait;
        const before = prompt;
        if (each.do === "vote") {
          const one = said(people[each.who], each.choice, now);
          all.push(one);
          hear(one);
        } else if (each.do === "again") {
          const one = all[each.which];
          // Heard twice, it is one; taken back or replaced, it is none.
          if (one !== undefined && (prompt.spent.includes(one.event) || standing.get(one.by) === one)) {
            hear(one);
            must(prompt === before, "nothing is heard twice");
          }
        } else if (each.do === "unvote") {
          const event = all[each.which]?.event;
          if (event !== undefined) {
            const step = unvote(prompt, event);
            must(step.effect !== "answered", "taking back answers nothing");
            prompt = step.prompt;
            if (prompt.status === "open") for (const [by, one] of standing) if (one.event === event) standing.delete(by);
          }
        } else if (each.do === "role") {
          const who = people[each.who];
          if (who !== undefined && !without.delete(who)) without.add(who);
        } else if (each.do === "use") {
          const taken = use(prompt, world());
          if (taken.kind === "used") {
            uses += 1;
            must(prompt.answer?.by.some((by) => without.has(by)) === false, "they still may");
          }
          if (taken.kind !== "nothing") prompt = taken.prompt;
        } else {
          prompt = (each.do === "expire" ? expire(prompt, now) : withdraw(prompt, undefined)) ?? prompt;
        }
        must(before.status === prompt.status || legal[before.status].includes(prompt.status), `${before.status} to ${prompt.status}`);
        must(before.answer === undefined || prompt.answer === before.answer, "an answer stays");
        must(prompt.digest === before.digest, "the digest stays");
      }
      expect(uses).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
});
