import { expect, test } from "vitest";
import { startHomeserver } from "../../../../src/sandbox/homeserver/homeserver.ts";
import { chatClient, roomPath } from "../../../../src/sandbox/client.ts";
import { manualClock } from "../../../support/manual-clock.ts";

test("time is the clock's: events carry it, the rate limit and typing go by it", async () => {
  const clock = manualClock();
  await using server = await startHomeserver({ serverName: "opsroom.test", clock });
  const nadia = server.createUser("nadia");
  const client = chatClient({ baseUrl: server.baseUrl, tries: 1, ...nadia });
  const room = await client.createRoom({});
  for (let index = 0; index < 9; index += 1) await client.sendText(room, String(index));

  await expect(client.sendText(room, "too soon")).rejects.toMatchObject({ status: 429, retryAfterMs: 5000 });
  await clock.advance(5000);
  const message = await client.sendText(room, "in time");

  expect(await client.request("GET", `${roomPath(room)}/event/${message}`)).toMatchObject({ origin_server_ts: clock.now() });
});

test("a limit that is lifted for one person holds for the others", async () => {
  const clock = manualClock();
  await using server = await startHomeserver({ serverName: "opsroom.test", clock, limits: { perSecond: 1, burst: 1 } });
  const [nadia, oleg] = [server.createUser("nadia"), server.createUser("oleg")];
  server.setRateLimit(nadia.userId, "none");
  const client = chatClient({ baseUrl: server.baseUrl, tries: 1, ...nadia });
  const room = await client.createRoom({ preset: "public_chat" });
  for (let index = 0; index < 5; index += 1) await client.sendText(room, String(index));
  const other = chatClient({ baseUrl: server.baseUrl, tries: 1, ...oleg });
  await other.join(room);

  await expect(other.sendText(room, "too soon")).rejects.toMatchObject({ status: 429 });
  server.setRateLimit(nadia.userId, undefined);
  await client.sendText(room, "one");
  await expect(client.sendText(room, "two")).rejects.toMatchObject({ status: 429 });
});
