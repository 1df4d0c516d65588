/** A burst of commands: all answered, in order, and never faster than the homeserver's limit. */
import { answersTo, type RoomEvent } from "../test/support/person.ts";
import type { World } from "./world.ts";

export interface Burst {
  readonly answered: number;
  readonly inOrder: boolean;
  readonly seconds: number;
  /** What the homeserver's limit allows at best. */
  readonly leastSeconds: number;
  /** Answers that the homeserver told to wait. */
  readonly limited: number;
}

export async function burst(world: World, commands: number, limit: { readonly perSecond: number; readonly burst: number }): Promise<Burst> {
  const bot = await world.start();
  await world.operator.waitFor(world.room, (all) => all.some((each) => each.sender === world.botUserId && each.type === "m.room.member"));
  const asked: string[] = [];
  for (let n = 0; n < commands; n += 1) asked.push(await world.operator.say(world.room, "!version"));
  const isAnswered = (all: readonly RoomEvent[]): boolean =>
    all.filter((each) => each.sender === world.botUserId && each.type === "m.room.message").length >= commands;
  const events = await world.operator.waitFor(world.room, isAnswered, 120_000);
  const places = asked.map((question) => events.findIndex((event) => answersTo([event], question, world.botUserId).length > 0));
  const answers = events.filter((each) => each.sender === world.botUserId && each.type === "m.room.message");
  const limited = Number(/^opsroom_rate_limited_total (\d+)/mu.exec(await bot.metrics())?.[1] ?? 0);
  const lastAt = answers.at(-1)?.origin_server_ts ?? 0;
  const firstAt = answers[0]?.origin_server_ts ?? 0;
  await bot.stop();
  return {
    answered: places.filter((place) => place >= 0).length,
    inOrder: places.every((place, n) => n === 0 || place > (places[n - 1] ?? 0)),
    seconds: (lastAt - firstAt) / 1000,
    leastSeconds: (commands - limit.burst) / limit.perSecond,
    limited,
  };
}
