/** What an encrypted room costs the whole Opsroom: time of an answer, memory, start. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fillSessions } from "./crypto-store.ts";
import { startTimes } from "./footprint.ts";
import { askRepeatedly } from "./latency.ts";
import { quantile, spread, type Row } from "./table.ts";
import { openWorld, residentMiB, type World, type WorldOptions } from "./world.ts";

const idleMs = 10_000;
const moreRooms = 20;

export async function encryptionFigures(options: WorldOptions, times: number): Promise<readonly Row[]> {
  await using clear = await openWorld(options);
  const inClear = await answers(clear, times);
  await using world = await openWorld({ ...options, encrypted: true });
  const encrypted = await answers(world, times);
  const most = 1.2 * quantile(inClear.took, 0.99) + 50;
  const rooms = await inMoreRooms(world);
  const rows: Row[] = [
    {
      what: "!status in an encrypted room",
      figure: spread(encrypted.took),
      reference: `in clear ${spread(inClear.took)}`,
      wanted: `p99 ${Math.round(most)} ms`,
    },
    { what: "memory, idle", figure: `${Math.round(encrypted.idleMiB)} MiB`, reference: `in clear ${Math.round(inClear.idleMiB)} MiB`, wanted: "" },
    { what: `each of ${moreRooms} more encrypted rooms`, figure: `${rooms.toFixed(2)} MiB`, reference: "", wanted: "" },
  ];
  for (const [sessions, wanted] of [
    [2000, "150 MiB"],
    [20_000, "2000 ms"],
  ] as const) {
    fillSessions(join(world.keysFolder, "crypto.sqlite3"), sessions);
    const starts = await startTimes(world, 3);
    const idle = await idleMiB(world);
    rows.push({
      what: `with ${sessions.toLocaleString("en")} inbound sessions`,
      figure: `start ${Math.round(quantile(starts, 0.5))} ms, idle ${Math.round(idle)} MiB`,
      reference: `in clear ${Math.round(inClear.idleMiB)} MiB`,
      wanted,
    });
  }
  return rows;
}

async function answers(of: World, times: number): Promise<{ readonly took: readonly number[]; readonly idleMiB: number }> {
  const bot = await of.start();
  await of.operator.waitFor(of.room, (all) => all.some((each) => each.sender === of.botUserId && each.type === "m.room.member"));
  await askRepeatedly(of, "!status", 3);
  const took = await askRepeatedly(of, "!status", times);
  await bot.stop();
  return { took, idleMiB: await idleMiB(of) };
}

async function idleMiB(of: World): Promise<number> {
  const bot = await of.start();
  await delay(idleMs);
  const held = await residentMiB(bot.pid);
  await bot.stop();
  return held;
}

/** MiB for each, with something said in it that had to be decrypted. */
async function inMoreRooms(of: World): Promise<number> {
  const bot = await of.start();
  await delay(idleMs);
  const before = await residentMiB(bot.pid);
  for (let n = 0; n < moreRooms; n += 1) {
    const room = await of.operator.createRoom([of.botUserId]);
    await of.operator.waitFor(room, (all) => all.some((each) => each.sender === of.botUserId && each.type === "m.room.member"));
    await of.operator.say(room, "hello");
  }
  await delay(idleMs);
  const grown = (await residentMiB(bot.pid)) - before;
  await bot.stop();
  return grown / moreRooms;
}
