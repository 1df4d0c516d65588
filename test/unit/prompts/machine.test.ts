import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expire, legal, openPrompt, unvote, use, vote, withdraw } from "../../../src/prompts/machine.ts";
import type { Prompt, Question, Vote } from "../../../src/prompts/prompt.ts";
import { parseEventId, parseRoomId, parseUserId, type UserId } from "../../../src/ids.ts";

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

describe("one person is enough", () => {
  test("a yes answers, and a second answer changes nothing", () => {
    const first = vote(open(), said(nadia, "yes"), 10);
    expect(first).toMatchObject({ effect: "answered", prompt: { status: "answered", answer: { choice: "yes", by: [nadia] } } });
    expect(vote(first.prompt, said(oleg, "no"), 11)).toEqual({ prompt: first.prompt, effect: "nothing" });
  });
  test("whoever is not asked is not heard", () => {
    expect(vote(open(), said(mallory, "yes"), 10).effect).toBe("nothing");
  });
  test("too late is no, also before the deadline's timer has run", () => {
    expect(vote(open(), said(nadia, "yes", 999), deadlineAt).effect).toBe("nothing");
    expect(expire(open(), deadlineAt)?.status).toBe("expired");
    expect(expire(open(), deadlineAt - 1)).toBeUndefined();
  });
  test("what is no choice is nothing", () => {
    expect(vote(open(), said(nadia, "maybe"), 10).effect).toBe("nothing");
    expect(vote(open(), { ...said(nadia, "other"), free: "90m" }, 10).effect).toBe("nothing");
    expect(vote(open({ free: true }), { ...said(nadia, "other"), free: "90m" }, 10).effect).toBe("answered");
  });
});

describe("two people", () => {
  const two = open({ needed: 2, notBy: oleg });
  test("two different ones, for the same choice", () => {
    const one = vote(two, said(nadia, "yes"), 10);
    expect(one.effect).toBe("noted");
    expect(vote(one.prompt, said(nadia, "yes"), 11).effect).toBe("noted");
    expect(vote(one.prompt, said(lena, "4h"), 11).effect).toBe("noted");
    expect(vote(one.prompt, said(lena, "yes"), 11)).toMatchObject({ effect: "answered", prompt: { answer: { by: [nadia, lena] } } });
  });
  test("whoever asked cannot be one of them, but can say no", () => {
    expect(vote(two, said(oleg, "yes"), 10).effect).toBe("nothing");
    expect(vote(two, said(oleg, "no"), 10)).toMatchObject({ effect: "answered", prompt: { answer: { yes: false } } });
  });
  test("a yes that was taken back does not count", () => {
    const mine = said(nadia, "yes");
    const back = unvote(vote(two, mine, 10).prompt, mine.event);
    expect(vote(back.prompt, said(lena, "yes"), 12).effect).toBe("noted");
  });
});

describe("an answer is taken up", () => {
  const answered = vote(open(), said(nadia, "yes"), 10).prompt;
  test("once", () => {
    const used = use(answered);
    expect(used?.status).toBe("used");
    expect(used === undefined ? "gone" : use(used)).toBeUndefined();
  });
  test("only as it was shown", () => {
    expect(use({ ...answered, payload: { what: "something else" } })).toBeUndefined();
    expect(use({ ...answered, lines: [{ text: "Mute 1 alert?" }] })).toBeUndefined();
    expect(use({ ...answered, people: people.slice(0, 4) })).toBeUndefined();
  });
  test("not a no, not one withdrawn", () => {
    expect(use(vote(open(), said(nadia, "no"), 10).prompt)).toBeUndefined();
    const gone = withdraw(answered);
    expect(gone === undefined ? "there" : use(gone)).toBeUndefined();
  });
});

test("whatever is said, by whom and when: yes only by enough of those asked, in time, for one thing; and never changed afterwards", () => {
  const act = fc.oneof(
    fc.record({ do: fc.constant("vote" as const), who: fc.nat(3), choice: fc.constantFrom("yes", "4h", "no", "maybe"), wait: fc.nat(300) }),
    fc.record({ do: fc.constant("unvote" as const), which: fc.nat(10), wait: fc.nat(300) }),
    fc.record({ do: fc.constantFrom("expire" as const, "withdraw" as const, "use" as const), wait: fc.nat(300) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.constantFrom(1 as const, 2 as const), fc.boolean(), (acts, needed, exclude) => {
      let prompt = open({ needed, notBy: exclude ? nadia : undefined });
      let now = 0;
      let uses = 0;
      const standing = new Map<string, Vote>();
      const all: Vote[] = [];
      for (const each of acts) {
        now += each.wait;
        const before = prompt;
        if (each.do === "vote") {
          const one = said(people[each.who], each.choice, now);
          all.push(one);
          const step = vote(prompt, one, now);
          prompt = step.prompt;
          if (step.effect !== "nothing") standing.set(one.by, one);
          if (step.effect === "answered" && prompt.answer?.yes === true) {
            const supporters = [...standing.values()].filter((given) => given.choice === prompt.answer?.choice).map((given) => given.by);
            must(now < deadlineAt, "in time");
            must(new Set(supporters).size >= needed, "enough people");
            must(!supporters.some((by) => by === mallory || (exclude && by === nadia)), "only those who may");
            must(prompt.answer.by.toSorted().join(" ") === supporters.toSorted().join(" "), "by those who stand to it");
          }
        } else if (each.do === "unvote") {
          const event = all[each.which]?.event;
          if (event !== undefined) {
            prompt = unvote(prompt, event).prompt;
            if (prompt.status === "open") for (const [by, one] of standing) if (one.event === event) standing.delete(by);
          }
        } else {
          const next = each.do === "expire" ? expire(prompt, now) : each.do === "withdraw" ? withdraw(prompt) : use(prompt);
          if (each.do === "use" && next !== undefined) uses += 1;
          prompt = next ?? prompt;
        }
        must(before.status === prompt.status || legal[before.status].includes(prompt.status), `${before.status} to ${prompt.status}`);
        must(before.answer === undefined || prompt.answer === before.answer, "an answer stays");
        expect(prompt.digest).toBe(before.digest);
      }
      expect(uses).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
});

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
