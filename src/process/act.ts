/** Everything the instance with the lease does: it syncs, handles, sends, looks after its rooms and prunes, until it stops or loses the lease. */
import { unreadHandlers } from "../chat/unread.ts";
import { dispatch, mayConcern } from "../chat/dispatch.ts";
import { strangerBudget } from "../chat/strangers.ts";
import { roleIn } from "../chat/rooms.ts";
import { createWorker } from "../chat/worker.ts";
import { createPrompts, type Prompts } from "../prompts/service.ts";
import type { BoundCommand } from "../chat/bound-command.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema/root.ts";
import type { MatrixApi } from "../matrix/api.ts";
import { showRead, showTyping } from "../matrix/courtesy.ts";
import type { IdentityKeeperNeeds } from "../matrix/crypto/identity/keeper.ts";
import type { CryptoPart } from "../matrix/crypto/part/part.ts";
import type { KeeperNeeds } from "../matrix/crypto/part/keeper.ts";
import { createMembership } from "../matrix/membership.ts";
import type { RoomNotice } from "../matrix/membership/notices.ts";
import { runSender, type Pace } from "../matrix/outbox/sender.ts";
import { runSync } from "../matrix/sync/loop.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { OutgoingMessage, Store } from "../store/store.ts";
import { wakeable, type Wakeable } from "../wakeable.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import type { Alertmanager } from "../alerts/alertmanager/client.ts";
import type { AlertSettings } from "../alerts/settings.ts";
import type { Clockwork, ClockworkNeeds } from "./clockwork.ts";
import { prepareAlerting } from "./alerts.ts";
import { decipherWith } from "./encryption.ts";
import { noteRewound, rewoundHandler } from "./rewound.ts";
import { noticeTo, roomAudit, roomNoticeLines } from "./notices.ts";
import { prepareEncryption } from "./prepare-encryption.ts";
import { runLoops, type Loops } from "./loops.ts";
import { readReactionsBack } from "./read-back.ts";
import { whoAmI } from "./who-am-i.ts";
import { runRetention } from "./retention.ts";
import { runTimers } from "./timers.ts";
import { configuredRooms, everyOperator, opsRooms } from "./rooms.ts";
import type { Until } from "./lease-keeper.ts";
import { verificationTaker } from "./verification.ts";

export interface ActNeeds {
  readonly config: () => Config;
  readonly api: MatrixApi;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Opens this device's keys, when a room needs them. */
  readonly keys: Pick<KeeperNeeds, "openMachine" | "folder">;
  /** The account's recovery key, where it is at hand. */
  readonly recoveryKey: IdentityKeeperNeeds["recoveryKey"];
  readonly commands: () => ReadonlyMap<string, BoundCommand>;
  readonly onSynced: (at: number) => void;
  /** Absent when the configuration has no alerts. */
  readonly alerts: AlertPart | undefined;
  /** What is looked at by the clock. */
  readonly work: Pick<ClockworkNeeds, "clusters" | "looks" | "status">;
}

export interface AlertPart {
  readonly settings: () => AlertSettings;
  /** Rung when a delivery was accepted. */
  readonly bell: Wakeable;
  readonly alertmanagers: ReadonlyMap<string, Alertmanager>;
  readonly failedNotifications: Map<string, number>;
}

export interface Acting {
  /**
   * Runs until `drain` aborts: takes nothing new then, lets running commands end for a while, and sends what waits.
   * When `lost` aborts it ends at once. @throws what ends the process
   */
  readonly run: (until: Until) => Promise<void>;
  /** Queues messages to all rooms, outside of any command. */
  readonly tellRooms: (key: string, lines: Parameters<typeof noticeTo>[2]) => Promise<void>;
  readonly configChanged: () => void;
  /** Whether nothing is being handled and nothing waits to be sent. */
  readonly idle: () => Promise<boolean>;
  readonly prompts: Prompts;
  readonly crypto: CryptoPart;
  /** What the commands about alerts act with; `undefined` where none are configured. */
  readonly alerts: ActionNeeds | undefined;
  /** `undefined` where there is no cluster to look after. */
  readonly clockwork: Clockwork | undefined;
}

export async function prepareToAct(needs: ActNeeds, signal: AbortSignal): Promise<Acting> {
  const { config, api, store, clock, random, log, metrics } = needs;
  const { user: account, device } = await whoAmI(needs, signal);
  const bell = wakeable(clock);

  const queue = async (messages: readonly OutgoingMessage[]): Promise<void> => {
    await store.write(async (tx) => {
      for (const message of messages) await tx.enqueue(message, clock.now());
    });
    bell.wake();
  };
  const onNotice = async (notice: RoomNotice): Promise<void> => {
    const at = clock.now();
    await store.write((tx) => tx.appendAudit(roomAudit(notice, at)));
    const lines = roomNoticeLines(notice);
    const lostHere = notice.kind === "lost" ? notice.room : undefined;
    const audience = membership
      .rooms()
      .map(({ room }) => room)
      .filter((room) => room !== lostHere);
    if (lines !== undefined) await queue(noticeTo(audience, `${notice.kind}/${notice.room}/${at}`, lines));
  };
  const membership = createMembership({
    api,
    store,
    account,
    configured: () => configuredRooms(config()),
    operators: () => everyOperator(config()),
    clock,
    random,
    log,
    onNotice,
  });
  const rooms = () => opsRooms(config(), membership.rooms());
  const { accept, identity, verification, crypto } = prepareEncryption({
    ...needs,
    account,
    device,
    rooms,
    joined: membership.rooms,
    prompts: () => prompts,
    tell: async (key, lines) => queue(noticeTo(rooms().keys(), key, lines)),
    wakeSender: bell.wake,
    onKeys: () => worker.wake(),
  });
  const timerBell = wakeable(clock);
  const prompts = createPrompts({
    store,
    account,
    view: () => ({ now: clock.now(), timeZone: config().timeZone }),
    random,
    roleOf: (room, user) => roleIn(rooms(), room, user),
    mustBeTyped: async (room) => accept !== "any" && (await crypto.isEncrypted(room)),
    wakeSender: bell.wake,
    wakeTimers: timerBell.wake,
  });
  let pace: Pace = { left: undefined, perSecond: 0, failingSince: undefined };
  const alerting =
    needs.alerts === undefined
      ? undefined
      : prepareAlerting({
          store,
          settings: needs.alerts.settings,
          timeZone: () => config().timeZone,
          account,
          rooms: () => new Map([...rooms()].map(([room, { name }]) => [name, room])),
          pace: () => pace,
          clock,
          log,
          bell: needs.alerts.bell,
          wakeSender: bell.wake,
          wakeTimers: timerBell.wake,
          prompts,
          alertmanagers: needs.alerts.alertmanagers,
          failedNotifications: needs.alerts.failedNotifications,
        });
  const clockwork = await openClockwork({
    config,
    store,
    clock,
    random,
    log,
    metrics,
    ...needs.work,
    prompts,
    rooms: () => new Map([...rooms()].map(([room, { name }]) => [name, room])),
    view: () => ({ now: clock.now(), timeZone: config().timeZone }),
    wakeSender: bell.wake,
    wakeTimers: timerBell.wake,
  });
  const dispatchNeeds = {
    store,
    takers: [prompts.taker, ...(clockwork?.backups.takers ?? []), ...(alerting?.takers ?? [])],
    clock,
    log,
    metrics,
    rooms,
    commands: needs.commands,
    strangers: strangerBudget(),
    maxAgeMs: () => config().matrix.maxCommandAgeMs,
    decipher: decipherWith(crypto),
    isEncrypted: crypto.isEncrypted,
    verification: verificationTaker(verification, crypto),
    accept,
    wakeTimers: timerBell.wake,
    timeZone: () => config().timeZone,
    showAttention: (event: Parameters<typeof dispatch>[0], stop: AbortSignal) => showRead(api, event.room, event.eventId, log, stop),
    showTyping: (event: Parameters<typeof dispatch>[0], typing: boolean, stop: AbortSignal) => showTyping(api, event.room, typing, log, stop),
    wakeSender: bell.wake,
  };
  const worker = createWorker({ read: store.read, clock, log, handle: (event, stop) => dispatch(event, dispatchNeeds, stop) });
  const limits = config().matrix.rateLimit;
  const unread = unreadHandlers({ ...dispatchNeeds, budget: strangerBudget(6, 60), wakeWorker: worker.wake });

  const rewound = { store, clock, log, rooms: () => rooms().keys(), wakeSender: bell.wake, wakeTimers: timerBell.wake };

  const handlers = {
    "prompt.deadline": prompts.onDeadline,
    "answered.verification": verification.onAnswered,
    "homeserver.rewound": rewoundHandler(rewound, crypto),
    ...unread,
    ...clockwork?.backups.handlers,
    ...alerting?.handlers,
  };
  const timers = { store, handlers, clock, log, bell: timerBell, onFault: () => metrics.fault("timer") };
  const syncNeeds = {
    api,
    store,
    account,
    clock,
    random,
    log,
    metrics,
    wanted: mayConcern,
    onAccepted: worker.wake,
    onAnswer: crypto.receive,
    onChanges: membership.observe,
    onSynced: needs.onSynced,
    onRewound: (from: string) => noteRewound(rewound, from),
  };
  const senderNeeds = { api, envelopes: crypto.envelopes, store, account, clock, random, log, metrics, limits, bell, onPace: (now: Pace) => (pace = now) };
  const loops: Loops = {
    clock,
    store,
    roomsKnown: membership.resolved,
    taking: [
      (signal) => runSync(syncNeeds, signal),
      membership.run,
      crypto.run,
      (signal) => identity.run(crypto, signal),
      (signal) => verification.run(crypto, signal),
      (signal) => runRetention(store, () => config().retention, clock, log, signal),
    ],
    inRooms: [...(alerting?.loops ?? []), (signal) => readReactionsBack(prompts, { api, clock, log }, signal), (signal) => runTimers(timers, signal)],
    working: [worker.run, async (take, abandon) => clockwork?.run(take, abandon)],
    send: (signal) => runSender(senderNeeds, signal),
  };

  return {
    run: (until) => runLoops(loops, until),
    tellRooms: async (key, lines) => queue(noticeTo(rooms().keys(), key, lines)),
    configChanged: () => {
      membership.lookAgain();
      clockwork?.configChanged();
    },
    prompts,
    crypto,
    alerts: alerting?.actions,
    clockwork,
    idle: async () => worker.idle() && (await store.read.pendingEvents(1)).length === 0 && (await store.read.outboxDepth()).waiting === 0,
  };
}

/** Loaded only where there is a cluster: whoever has Opsroom tell alerts and nothing else does not pay for it. */
async function openClockwork(needs: ClockworkNeeds): Promise<Clockwork | undefined> {
  if (needs.config().clusters.length === 0) return undefined;
  const { prepareClockwork } = await import("./clockwork.ts");
  return prepareClockwork(needs);
}
