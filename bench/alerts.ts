/** What is promised of alerts, each figure beside a plain PUT to the homeserver, or what is possible at best, in the same run. */
import { setTimeout as delay } from "node:timers/promises";
import { relation, shownText, type RoomEvent } from "../test/support/person.ts";
import type { SentGroup } from "../test/support/alert-source.ts";
import { startBareServer } from "./bare-server.ts";
import { load, newestOf } from "./load.ts";
import { openRelay, type Relay, type RelayOptions } from "./relay.ts";
import { quantile, spread, type Row } from "./table.ts";
import { peakMiB, residentMiB } from "./world.ts";

/** Linux' folder of files that are only in memory. */
const memoryFolder = "/dev/shm";

export interface AlertWorld extends RelayOptions {
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}

/** Start, memory, times of answers, times to the room: all without a limit of the homeserver. */
export async function relayFigures(world: AlertWorld): Promise<readonly Row[]> {
  await using relay = await openRelay(world);
  const firstMs: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const started = performance.now();
    const bot = await relay.start();
    firstMs.push(await firstAccepted(relay, started));
    await bot.stop();
  }
  const bot = await relay.start();
  await bot.ready(60_000);
  await delay(20_000);
  const idle = await residentMiB(bot.pid);
  await Promise.all(Array.from({ length: 200 }, (_, at) => relay.source.send({ name: `Many${at}x`, alerts: instances(10) })));
  await delay(10_000);
  const after = await residentMiB(bot.pid);

  const put = await plainPuts(relay, 200);
  const bare = `a server that writes and syncs a file: ${spread1(await bareAnswers())}`;
  // Fifty groups begin, and most of the code runs for the first time; after that they change.
  const first = await answersAt(relay, "Rate", 100, 10);
  const healthy = await answersAt(relay, "Rate", 100, 30);
  const shown = await toTheRoom(relay, 200);
  await world.down();
  const away = await answersAt(relay, "Away", 100, 10);
  await world.up();
  await bot.stop();
  const inMemory = await withoutDisk(world);
  return [
    row("start to the first 2xx", `${Math.round(quantile(firstMs, 0.5))} ms (median of ${firstMs.length})`, "relays measured elsewhere: 166–970 ms", "500 ms"),
    row("memory, idle", `${Math.round(idle)} MiB`, "", "80 MiB"),
    row("memory after 2,000 alerts in 200 groups", `${Math.round(after)} MiB`, "", "100 MiB"),
    row("answer to a delivery, the first 10 s at 100/s", spread1(first), bare, ""),
    row("the next 30 s", spread1(healthy), bare, "p99 10 ms"),
    row("the same while the homeserver is away", spread1(away), bare, "p99 10 ms"),
    row("the homeserver there, the store in memory", spread1(inMemory), "", ""),
    row("POST to event accepted", spread(shown.accepted), `a plain PUT: ${spread(put)}`, `p99 ${Math.round(quantile(put, 0.99) + 15)} ms`),
    row("of it before the homeserver is asked", spread1(shown.before), "", ""),
  ];
}

/** 500 deliveries a second for a minute, and ten thousand groups at once. */
export async function relayLoad(world: RelayOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  {
    await using relay = await openRelay(world);
    const bot = await relay.start();
    await bot.ready(60_000);
    await delay(10_000);
    const idle = await residentMiB(bot.pid);
    const order = { port: relay.port, secret: relay.secret, perSecond: 500, seconds: 60, groups: 200, name: "Load" };
    const { took, retries, refused, seconds } = await load(order);
    const peak = await peakMiB(bot.pid);
    const events = await relay.operator.waitFor(relay.room, (all) => showsNewest(all, relay, newestOf(order)), 120_000).catch(() => undefined);
    const wrong = events === undefined ? "the room did not converge" : "every group shows its newest state";
    const figure = `${took.length} accepted within ${seconds.toFixed(0)} s, ${retries} tried again, ${refused} refused, ${spread1(took)}`;
    rows.push(
      row(`${order.perSecond} deliveries/s for ${order.seconds} s`, figure, wrong, "none lost"),
      row("memory it grew by (peak)", `${Math.round(peak - idle)} MiB`, `${Math.round(idle)} MiB before`, "40 MiB"),
    );
  }
  await using relay = await openRelay({ ...world, rateLimit: { perSecond: 0.2, burst: 10 } });
  const bot = await relay.start();
  await bot.ready(60_000);
  const idle = await residentMiB(bot.pid);
  const names = Array.from({ length: 10_000 }, (_, at) => `Alive${at}x`);
  const began = performance.now();
  for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map((name) => relay.source.send({ name })));
  const sentMs = performance.now() - began;
  for (let tries = 0; tries < 300 && !/^opsroom_alert_groups_firing 10000$/mu.test(await bot.metrics()); tries += 1) await delay(500);
  const metrics = await bot.metrics();
  const alive = /^opsroom_alert_groups_firing (\d+)$/mu.exec(metrics)?.[1] ?? "?";
  rows.push(
    row("groups alive at once", `${alive} after ${((performance.now() - began) / 1000).toFixed(0)} s (sent in ${(sentMs / 1000).toFixed(0)} s)`, "", "10000"),
    row("memory with them", `${Math.round(await residentMiB(bot.pid))} MiB`, `${Math.round(idle)} MiB before`, "bounded"),
  );
  return rows;
}

/** 500 alerts in 50 groups, 10 of them critical, within five seconds, under Synapse's default limit for the account. */
export async function stormFigures(world: RelayOptions): Promise<readonly Row[]> {
  await using relay = await openRelay({ ...world, rateLimit: { perSecond: 0.2, burst: 10 } });
  const bot = await relay.start();
  await bot.ready(60_000);
  await delay(2000);
  const groups: readonly SentGroup[] = Array.from({ length: 50 }, (_, at) => ({
    name: `Storm${at}x`,
    severity: at % 5 === 4 ? "critical" : "warning",
    alerts: instances(10),
  }));
  const began = Date.now();
  for (const group of groups) {
    await relay.source.send(group);
    await delay(100);
  }
  const all = await relay.operator.waitFor(relay.room, (events) => groups.every(({ name }) => ownMessage(events, relay, name) !== undefined), 420_000);
  const events = all.filter((event) => event.sender === relay.botAccount.userId && event.origin_server_ts >= began);
  const named = groups.map(({ name }) => firstNamed(events, name) - began);
  const critical = groups
    .filter((group) => group.severity === "critical")
    .map(({ name }) => (ownMessage(all, relay, name)?.origin_server_ts ?? Infinity) - began);
  const worked = groups.map(({ name }) => (ownMessage(all, relay, name)?.origin_server_ts ?? Infinity) - began);
  return [
    row("every group named in the room after", seconds(Math.max(...named)), "", "15 s"),
    row("every critical one in a message of its own", seconds(Math.max(...critical)), "", "60 s"),
    row("events in the first minute", String(events.filter((event) => event.origin_server_ts - began <= 60_000).length), "the limit allows 22", "25"),
    row("worked off after", seconds(Math.max(...worked)), "50 messages alone need 200 s at this limit", "300 s"),
    row("groups with more than one message", String(groups.filter(({ name }) => ownMessages(all, relay, name).length !== 1).length), "", "0"),
  ];
}

function firstNamed(events: readonly RoomEvent[], name: string): number {
  const word = new RegExp(`\\b${name}\\b`, "u");
  return Math.min(...events.filter((event) => word.test(JSON.stringify(event.content))).map((event) => event.origin_server_ts), Infinity);
}

function ownMessages(events: readonly RoomEvent[], { botAccount }: Relay, name: string): readonly RoomEvent[] {
  const title = new RegExp(`\\b${name}\\b`, "u");
  return events.filter((event) => event.sender === botAccount.userId && relation(event) === undefined && title.test(firstLine(event)));
}

function firstLine(event: RoomEvent): string {
  const { body } = event.content;
  return typeof body === "string" ? (body.split("\n")[0] ?? "") : "";
}

function ownMessage(events: readonly RoomEvent[], relay: Relay, name: string): RoomEvent | undefined {
  return ownMessages(events, relay, name)[0];
}

function showsNewest(events: readonly RoomEvent[], relay: Relay, last: ReadonlyMap<string, number>): boolean {
  return [...last].every(([name, number]) => {
    const message = ownMessage(events, relay, name);
    return message !== undefined && shownText(events, message).includes(`number ${number}`);
  });
}

function instances(count: number): NonNullable<SentGroup["alerts"]> {
  return Array.from({ length: count }, (_, at) => ({ labels: { instance: `node-${at}` } }));
}

async function firstAccepted(relay: Relay, started: number): Promise<number> {
  await relay.source.send({ name: "First" });
  return performance.now() - started;
}

async function answersAt({ port, secret }: Pick<Relay, "port" | "secret">, name: string, perSecond: number, seconds: number): Promise<readonly number[]> {
  return (await load({ port, secret, perSecond, seconds, groups: 50, name })).took;
}

/** What of an answer's time is Opsroom's own, and its neighbours' on the processor: nothing here waits for a disk. */
async function withoutDisk(world: RelayOptions): Promise<readonly number[]> {
  await using relay = await openRelay({ ...world, under: memoryFolder });
  const bot = await relay.start();
  await bot.ready(60_000);
  await answersAt(relay, "Rate", 100, 10);
  return await answersAt(relay, "Rate", 100, 20);
}

async function bareAnswers(): Promise<readonly number[]> {
  await using server = await startBareServer();
  return await answersAt({ port: server.port, secret: "" }, "Bare", 100, 10);
}

interface Shown {
  /** From the POST until the homeserver has taken the message. */
  readonly accepted: readonly number[];
  /** Until it was asked to. */
  readonly before: readonly number[];
}

/** One after another, each with a group of its own; milliseconds. */
async function toTheRoom(relay: Relay, count: number): Promise<Shown> {
  const accepted: number[] = [];
  const before: number[] = [];
  await nothingSent(relay, 6000);
  for (let at = 0; at < count; at += 1) {
    const seen = relay.proxy.timings().length;
    const began = performance.now();
    await relay.source.send({ name: `Direct${at}x` });
    for (;;) {
      const put = relay.proxy
        .timings()
        .slice(seen)
        .find((each) => each.method === "PUT" && each.path.includes("/send/m.room.message/"));
      if (put !== undefined) {
        accepted.push(put.endedAt - began);
        before.push(put.startedAt - began);
        break;
      }
      await delay(1);
    }
    await delay(15);
  }
  return { accepted, before };
}

/** Until nothing was sent for so long: a group that changed often is shown a last time when it has rested. */
async function nothingSent(relay: Relay, forMs: number): Promise<void> {
  for (let before = -1; relay.proxy.timings().length !== before;) {
    before = relay.proxy.timings().length;
    await delay(forMs);
  }
}

async function plainPuts(relay: Relay, count: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const began = performance.now();
    await relay.operator.say(relay.room, `plain ${at}`);
    took.push(performance.now() - began);
  }
  return took;
}

function row(what: string, figure: string, reference: string, wanted: string): Row {
  return { what, figure, reference, wanted };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function spread1(values: readonly number[]): string {
  return `p50 ${quantile(values, 0.5).toFixed(1)}, p99 ${quantile(values, 0.99).toFixed(1)} ms (n ${values.length})`;
}
