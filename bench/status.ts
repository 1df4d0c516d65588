/** How long `!status` takes, and what it costs in memory. */
import { askRepeatedly, echoRepeatedly } from "./latency.ts";
import { quantile, spread, type Row } from "./table.ts";
import { peakMiB, residentMiB, type World } from "./world.ts";

/** @param wantedMs p99 over the homeserver's own time @param wantedMiB growth, where it matters */
export async function statusLatency(of: World, times: number, wantedMs: number, wantedMiB?: number): Promise<readonly Row[]> {
  const bot = await of.start();
  await of.operator.waitFor(of.room, (all) => all.some((each) => each.sender === of.botUserId && each.type === "m.room.member"));
  const before = await residentMiB(bot.pid);
  await askRepeatedly(of, "!status", 3);
  const took = await askRepeatedly(of, "!status", times);
  const peak = await peakMiB(bot.pid);
  const after = await residentMiB(bot.pid);
  const echo = await echoRepeatedly(of, times);
  await bot.stop();
  const over = quantile(took, 0.99) - quantile(echo, 0.5);
  const memory: Row = {
    what: "memory it grew by",
    figure: `${Math.round(after - before)} MiB after ${times} (peak ${Math.round(peak - before)})`,
    reference: `${Math.round(before)} MiB before`,
    wanted: `${wantedMiB ?? 0} MiB`,
  };
  return [
    { what: "question accepted to answer accepted", figure: spread(took), reference: `a client that answers “ok”: ${spread(echo)}`, wanted: "" },
    { what: "p99 over the homeserver's own time", figure: `${Math.round(over)} ms`, reference: "", wanted: `${wantedMs} ms` },
    ...(wantedMiB === undefined ? [] : [memory]),
  ];
}
