/** A room with alerts, an embedded Alertmanager behind them, and the questions that are asked about them: the store is real, the homeserver's part is the test's. */
import { onTestFinished } from "vitest";
import { silenceAsk } from "../../src/alerts/actions/silence-ask.ts";
import { silenceAnswered } from "../../src/alerts/actions/silence-make.ts";
import { silenceHandlers } from "../../src/alerts/actions/silence-watch.ts";
import { alertReactions } from "../../src/alerts/actions/reaction-taker.ts";
import type { ActionNeeds } from "../../src/alerts/actions/needs.ts";
import { openAlertmanager, type Alertmanager } from "../../src/alerts/alertmanager/client.ts";
import { fold, groupIdOf } from "../../src/alerts/fold.ts";
import type { AlertGroup } from "../../src/alerts/group.ts";
import { createLiving } from "../../src/alerts/live/create-living.ts";
import type { AlertSettings } from "../../src/alerts/settings.ts";
import type { Role } from "../../src/chat/roles.ts";
import { systemClock } from "../../src/clock.ts";
import { parseEventId, parseUserId, type EventId, type RoomId, type UserId } from "../../src/ids.ts";
import type { Prompt } from "../../src/prompts/prompt.ts";
import { createPrompts } from "../../src/prompts/service.ts";
import { startEmbeddedAlertmanager, type EmbeddedAlertmanager } from "../../src/sandbox/alertmanager/alertmanager.ts";
import type { DueTimer } from "../../src/store/alert-store.ts";
import type { AuditEntry, OutboxRow, Store } from "../../src/store/store.ts";
import { alertDelivery, alertSettings } from "./alerts.ts";
import { nadia, opsRoom } from "./events.ts";
import { manualClock, type ManualClock } from "./manual-clock.ts";
import { tempStore } from "./temp-store.ts";

export interface AlertRoom {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly needs: ActionNeeds;
  readonly embedded: EmbeddedAlertmanager;
  readonly manager: Alertmanager;
  readonly deliver: (delivery: Parameters<typeof alertDelivery>[0]) => Promise<AlertGroup>;
  /** As it stands now. */
  readonly group: (id: string) => Promise<AlertGroup>;
  /** A reaction to a message of ours; answers its event. */
  readonly react: (emoji: string, key: string, by?: UserId, role?: Role) => Promise<{ readonly event: EventId; readonly audit: AuditEntry | undefined }>;
  readonly unreact: (emoji: string, key: string, event: EventId, by?: UserId) => Promise<AuditEntry | undefined>;
  /** Does all that is due now; what throws is thrown. */
  readonly runTimers: () => Promise<readonly string[]>;
  readonly openPrompt: () => Promise<Prompt | undefined>;
  /** Everything that waits to be sent, by key. */
  readonly said: (part?: string) => Promise<readonly OutboxRow[]>;
}

const account = parseUserId("@opsroom:example.org");

export async function alertRoom({
  settings: given = {},
  managed = true,
}: { readonly settings?: Partial<AlertSettings>; readonly managed?: boolean } = {}): Promise<AlertRoom> {
  const clock = manualClock();
  const store = await tempStore(clock);
  const settings = alertSettings(given);
  const embedded = await startEmbeddedAlertmanager({
    receiver: { name: "ops", webhook: { url: () => "http://127.0.0.1:9/none", authorization: undefined }, maxAlerts: 0 },
    resolveTimeoutMs: 30 * 86_400_000,
    clock,
  });
  onTestFinished(async () => embedded[Symbol.asyncDispose]());
  const nothing = async (): Promise<undefined> => undefined;
  const manager = openAlertmanager({ source: "prod", url: embedded.baseUrl, authorization: nothing, ca: nothing, clock: systemClock });
  const view = (): { now: number; timeZone: string } => ({ now: clock.now(), timeZone: "Europe/Moscow" });
  const rooms: ReadonlyMap<string, RoomId> = new Map([["ops", opsRoom]]);
  const living = createLiving({ read: store.read, settings: () => settings, view, account, rooms: () => rooms });
  const prompts = createPrompts({
    store,
    account,
    view,
    random: Math.random,
    roleOf: () => "operator",
    wakeSender: () => undefined,
    wakeTimers: () => undefined,
  });
  const managers: ReadonlyMap<string, Alertmanager> = managed ? new Map([["prod", manager]]) : new Map();
  const needs: ActionNeeds = { store, living, settings: () => settings, view, alertmanagers: () => managers, prompts, wakeSender: () => undefined };
  const taker = alertReactions(needs, async () => undefined);
  const handlers: Readonly<Record<string, (timer: DueTimer, signal: AbortSignal) => Promise<void>>> = {
    "silence.ask": silenceAsk(needs),
    "answered.silence": silenceAnswered(needs),
    ...silenceHandlers(needs),
  };
  let events = 0;
  const group = async (id: string): Promise<AlertGroup> => {
    const found = await store.write((tx) => living.load(tx, id));
    if (found === undefined) throw new Error("no such group");
    return found;
  };
  return {
    clock,
    store,
    needs,
    embedded,
    manager,
    group,
    deliver: async (delivery) => {
      const told = alertDelivery({ receivedAt: clock.now(), ...delivery });
      const id = groupIdOf(told.source, told.receiver, told.groupKey);
      await store.write(async (tx) => {
        const folded = fold(await living.load(tx, id), told, settings);
        await living.show(tx, folded.group, folded.changes, []);
      });
      for (const alert of told.alerts) (alert.status === "firing" ? embedded.fire : embedded.resolve)(alert.labels, alert.annotations);
      return group(id);
    },
    react: async (emoji, key, by = nadia, role = "operator") => {
      const event = parseEventId(`$reaction${(events += 1)}`);
      const audit = await store.write((tx) => taker.reacted(tx, { event, room: opsRoom, by, emoji, key, at: clock.now() }, role));
      return { event, audit };
    },
    unreact: async (emoji, key, event, by = nadia) => store.write((tx) => taker.unreacted(tx, { event, room: opsRoom, by, emoji, key, at: clock.now() }, by)),
    runTimers: async () => {
      const done: string[] = [];
      for (;;) {
        const due = (await store.read.dueTimers(clock.now(), 50)).filter((timer) => Object.hasOwn(handlers, timer.kind) && !done.includes(timer.key));
        const [timer] = due;
        if (timer === undefined) return done;
        done.push(timer.key);
        await handlers[timer.kind]?.(timer, new AbortController().signal);
      }
    },
    openPrompt: async () => {
      const [record] = await store.read.openPrompts(1);
      return record === undefined ? undefined : prompts.read(record.id);
    },
    said: async (part = "") =>
      (await store.read.sendable(clock.now(), 1000))
        .concat(await store.read.waitingMessages("", 1000))
        .filter((row, at, all) => row.key.includes(part) && all.findIndex((each) => each.key === row.key) === at),
  };
}

/** Says yes to the question that is open. */
export async function answer(room: AlertRoom, word: string, by: UserId = nadia): Promise<void> {
  const prompt = await room.openPrompt();
  if (prompt === undefined) throw new Error("no question is open");
  const prompts = createPrompts({
    store: room.store,
    account,
    view: room.needs.view,
    random: Math.random,
    roleOf: () => "operator",
    wakeSender: () => undefined,
    wakeTimers: () => undefined,
  });
  const outcome = await prompts.typed({ code: prompt.code, word, by, room: opsRoom, event: parseEventId(`$typed-${prompt.code}`) });
  if (outcome.kind !== "answered") throw new Error(`the answer was ${outcome.kind}`);
}
