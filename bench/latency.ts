/** From “the homeserver has the question” to “the homeserver has the answer”, beside a bare client that answers at once. */
import { chatClient, type ChatEvent } from "../src/sandbox/client.ts";
import { listen } from "../src/sandbox/listener.ts";
import { person } from "../test/support/person.ts";
import type { World } from "./world.ts";

/** Milliseconds for each of `times` questions, one after the other. */
export async function askRepeatedly(world: World, question: string, times: number): Promise<readonly number[]> {
  const listener = await listen(chatClient({ baseUrl: world.homeserverUrl, ...world.operatorAccount }), world.room);
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const asked = await world.operator.say(world.room, question);
    const acceptedAt = Date.now();
    const answer = await listener.waitFor(
      (event) => event.sender === world.botUserId && ["m.room.message", "m.room.encrypted"].includes(event.type) && hangsOn(event, asked),
      30_000,
    );
    const shown = isWorking(answer.content)
      ? await listener.waitFor((event) => event.content["m.new_content"] !== undefined && hangsOn(event, answer.event_id), 30_000)
      : answer;
    took.push(Math.max(0, shown.origin_server_ts - acceptedAt));
  }
  await listener.close();
  return took;
}

/** The same with a client that only answers “ok”: the homeserver's own time, sync and send. */
export async function echoRepeatedly(world: World, times: number): Promise<readonly number[]> {
  const echoAccount = await world.newAccount(`echo-${process.pid}-${Date.now()}`);
  const asker = person(world.homeserverUrl, await world.newAccount(`asker-${process.pid}-${Date.now()}`));
  const room = await asker.createRoom([echoAccount.userId]);
  const echo = chatClient({ baseUrl: world.homeserverUrl, ...echoAccount });
  await echo.join(room);
  const listener = await listen(echo, room);
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const asked = await asker.say(room, `!echo ${n}`);
    const acceptedAt = Date.now();
    await listener.waitFor((event) => event.event_id === asked, 30_000);
    const answer = await echo.sendText(room, "ok");
    const accepted = await listener.waitFor((event) => event.event_id === answer, 30_000);
    took.push(Math.max(0, accepted.origin_server_ts - acceptedAt));
  }
  await listener.close();
  return took;
}

function hangsOn({ content }: ChatEvent, event: string): boolean {
  return JSON.stringify(content["m.relates_to"] ?? {}).includes(event);
}

function isWorking(content: Readonly<Record<string, unknown>>): boolean {
  return typeof content["body"] === "string" && content["body"].includes("working…");
}
