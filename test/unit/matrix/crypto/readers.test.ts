import { expect, test } from "vitest";
import { parseUserId, type UserId } from "../../../../src/ids.ts";
import { createReaders, type Readers } from "../../../../src/matrix/crypto/part/readers.ts";
import { readSyncAnswer, type SyncAnswer } from "../../../../src/matrix/sync/answer.ts";
import { nadia, oleg, opsRoom } from "../../../support/events.ts";

const never = new AbortController().signal;
const eye = parseUserId("@eye:example.org");

interface Bench {
  readonly readers: Readers;
  readonly asked: () => number;
  readonly passes: (ms: number) => void;
  joined: readonly UserId[];
  invited: readonly UserId[];
  history: string;
}

function bench(): Bench {
  let now = 1_000_000;
  let asked = 0;
  const at: Bench = {
    joined: [nadia, oleg],
    invited: [eye],
    history: "shared",
    asked: () => asked,
    passes: (ms) => {
      now += ms;
    },
    readers: createReaders(
      {
        members: async () => {
          asked += 1;
          return { joined: at.joined, invited: at.invited };
        },
        state: async () => ({ history_visibility: at.history }),
      },
      { now: () => now },
    ),
  };
  return at;
}

function sync(members: Readonly<Record<string, string>> = {}, more: readonly unknown[] = []): SyncAnswer {
  const events = Object.entries(members).map(([user, membership]) => ({
    event_id: `$${user}${membership}`,
    sender: user,
    type: "m.room.member",
    state_key: user,
    origin_server_ts: 1,
    content: { membership },
  }));
  const answer = readSyncAnswer(
    { next_batch: "s", rooms: { join: { [opsRoom]: { timeline: { events: [...events, ...more] }, state: { events: [] } } } } },
    nadia,
  );
  if (answer === undefined) throw new Error("no answer");
  return answer;
}

test("who left reads nothing any more, and who came reads along, without asking again", async () => {
  const at = bench();
  at.readers.observe(sync());
  expect(await at.readers.of(opsRoom, never)).toEqual({ history: "shared", users: [nadia, oleg, eye] });

  expect(at.readers.observe(sync({ [oleg]: "leave", [eye]: "join" }))).toEqual([eye]);
  expect((await at.readers.of(opsRoom, never)).users).toEqual([nadia, eye]);
  at.readers.observe(sync({ [nadia]: "ban" }));
  expect((await at.readers.of(opsRoom, never)).users).toEqual([eye]);
  expect(at.asked()).toBe(1);
});

test("where only members see what was said, whoever is invited gets no key before they come", async () => {
  const at = bench();
  at.history = "joined";
  at.readers.observe(sync());
  expect((await at.readers.of(opsRoom, never)).users).toEqual([nadia, oleg]);

  at.readers.observe(sync({ [eye]: "join" }));
  expect((await at.readers.of(opsRoom, never)).users).toEqual([nadia, oleg, eye]);
});

test("what may have been missed is asked again: after syncs failed for a minute, a start anew, and a changed visibility", async () => {
  const at = bench();
  at.readers.observe(sync());
  await at.readers.of(opsRoom, never);
  at.joined = [nadia];

  at.passes(61_000);
  expect((await at.readers.of(opsRoom, never)).users).toEqual([nadia, eye]);
  at.readers.observe(sync());
  at.readers.forget();
  await at.readers.of(opsRoom, never);
  at.history = "joined";
  at.readers.observe(
    sync({}, [
      { event_id: "$h", sender: nadia, type: "m.room.history_visibility", state_key: "", origin_server_ts: 1, content: { history_visibility: "joined" } },
    ]),
  );
  expect(await at.readers.of(opsRoom, never)).toEqual({ history: "joined", users: [nadia] });
  expect(at.asked()).toBe(4);
});
