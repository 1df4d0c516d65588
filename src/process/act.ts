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
import { OpsroomError } from "../errors.ts";
import type { DeviceId, UserId } from "../ids.ts";
import type { MatrixApi } from "../matrix/api.ts";
import { backOffMs } from "../matrix/backoff.ts";
import { showRead, showTyping } from "../matrix/courtesy.ts";
import { MatrixFailure } from "../matrix/failure.ts";
import { createIdentityKeeper, type IdentityKeeperNeeds } from "../matrix/crypto/identity/keeper.ts";
import { createCryptoPart, type CryptoPart } from "../matrix/crypto/part/part.ts";
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
import { cryptoFaultLines, noticeTo, roomAudit, roomNoticeLines } from "./notices.ts";
import { runRetention } from "./retention.ts";
import { runTimers } from "./timers.ts";
import { configuredRooms, demandsEncryption, everyOperator, opsRooms } from "./rooms.ts";
import type { Until } from "./lease-keeper.ts";
import { createVerification, verificationTaker } from "./verification.ts";
import { aborted, together, withPatience } from "./together.ts";

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

/** After SIGTERM: how long running commands may go on, and then how long what waits is sent. Together well within the 20 s of a drain. */
const drainCommandsMs = 10_000;
const drainOutboxMs = 4_000;
const readBackEveryMs = 60_000;

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
  const { accept } = config().matrix.encryption;
  const identity = createIdentityKeeper({
    account,
    request: api.request,
    recoveryKey: needs.recoveryKey,
    clock,
    log,
    onTrouble: ({ found, remedy }) => {
      const said = queue(noticeTo(rooms().keys(), `identity/${clock.now()}`, [{ text: `🟡 ${found}.`, strong: true }, { text: remedy }]));
      void said.catch((error: unknown) => log.error({ err: error }, "a trouble of this device's identity could not be told to the rooms"));
    },
  });
  const verification = createVerification({ store, rooms, prompts: () => prompts, clock, log, wakeSender: bell.wake });
  const crypto: CryptoPart = createCryptoPart({
    ...needs.keys,
    onReady: identity.onReady,
    onVerifications: (flows) => verification.observe(flows),
    api,
    store,
    account,
    device,
    clock,
    random,
    log,
    accept,
    mustBeEncrypted: (room) => demandsEncryption(config(), membership.rooms(), room),
    onKeys: () => worker.wake(),
    onFault: (fault) => {
      const said = queue(noticeTo(rooms().keys(), `${fault.code}/${clock.now()}`, cryptoFaultLines(fault)));
      void said.catch((error: unknown) => log.error({ err: error }, "a fault of the encryption keys could not be told to the rooms"));
    },
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

  const run: Acting["run"] = async ({ drain, lost }) => {
    const handled = Promise.withResolvers<undefined>();
    const taking = (hard: AbortSignal): AbortSignal => AbortSignal.any([drain, hard]);
    await together(
      [
        (hard) =>
          runSync(
            {
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
              onRewound: (from) => noteRewound(rewound, from),
            },
            taking(hard),
          ),
        (hard) => membership.run(taking(hard)),
        (hard) => crypto.run(taking(hard)),
        (hard) => identity.run(crypto, taking(hard)),
        (hard) => verification.run(crypto, taking(hard)),
        async (hard) => {
          // Where a message belongs cannot be told before the rooms are known.
          await Promise.race([membership.resolved, aborted(taking(hard))]);
          const loops = alerting?.loops ?? [];
          const handlers = {
            "prompt.deadline": prompts.onDeadline,
            "answered.verification": verification.onAnswered,
            "homeserver.rewound": rewoundHandler(rewound, crypto),
            ...unread,
            ...clockwork?.backups.handlers,
            ...alerting?.handlers,
          };
          const timers = { store, handlers, clock, log, bell: timerBell, onFault: () => metrics.fault("timer") };
          const readBack = (stop: AbortSignal): Promise<void> => readReactionsBack(prompts, { api, clock, log }, stop);
          await together([...loops, readBack, (stop) => runTimers(timers, stop)], taking(hard));
        },
        async (hard) => {
          await Promise.race([membership.resolved, aborted(taking(hard))]);
          await withPatience(clock, drain, drainCommandsMs, async (abandon) => clockwork?.run(taking(hard), AbortSignal.any([hard, abandon])));
        },
        (hard) => runRetention(store, () => config().retention, clock, log, taking(hard)),
        async (hard) => {
          // Whose room an event is from cannot be told before the rooms are known.
          await Promise.race([membership.resolved, aborted(taking(hard))]);
          await withPatience(clock, drain, drainCommandsMs, (abandon) => worker.run(taking(hard), AbortSignal.any([hard, abandon])));
          handled.resolve(undefined);
        },
        async (hard) => {
          const done = new AbortController();
          const sending = runSender(
            { api, envelopes: crypto.envelopes, store, account, clock, random, log, metrics, limits, bell, onPace: (now) => (pace = now) },
            AbortSignal.any([hard, done.signal]),
          );
          const ending = (async () => {
            await aborted(taking(hard));
            await Promise.race([handled.promise, aborted(hard)]);
            if (!hard.aborted) await emptied(store, clock, drainOutboxMs);
            done.abort();
          })();
          await Promise.all([sending, ending]);
        },
      ],
      lost,
    );
  };

  return {
    run,
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

/** Asks who we are until the homeserver says so. @throws OpsroomError when it does not accept the token */
async function whoAmI(
  { api, clock, random, log, metrics }: ActNeeds,
  signal: AbortSignal,
): Promise<{ readonly user: UserId; readonly device: DeviceId | undefined }> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      const me = await api.whoAmI(signal);
      if (me.device === undefined)
        log.warn("the access token has no device: after a restart of the homeserver it may not know our transaction ids any more. `opsroom login` makes one");
      log.info({ user: me.user }, "logged in");
      return me;
    } catch (error) {
      if (!(error instanceof MatrixFailure)) throw error;
      if (error.kind === "unauthorised") {
        throw new OpsroomError(
          "OPSROOM_MATRIX_UNAUTHORISED",
          `the homeserver does not accept the access token: ${error.message}`,
          "Get a new token with `opsroom login` and start again.",
          { cause: error },
        );
      }
      metrics.apiFailure("matrix", error.kind);
      const waitMs = error.retryAfterMs ?? backOffMs(failures, random);
      log.warn({ failure: error.message, waitMs }, "the homeserver does not say who we are; trying again");
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Reactions that no sync told of: after a start, and now and then while a question is open. */
async function readReactionsBack(
  prompts: Pick<Prompts, "catchUp">,
  { api, clock, log }: Pick<ActNeeds, "api" | "clock" | "log">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await prompts
      .catchUp((room, event) => api.reactions(room, event, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, "the reactions to open questions could not be read back; it is tried again");
      });
    await clock.sleep(readBackEveryMs, signal).catch(() => undefined);
  }
}

/** Waits until nothing is left to send, or for `mostMs`. What is left is sent after the next start. */
async function emptied(store: Pick<Store, "read">, clock: Clock, mostMs: number): Promise<void> {
  const until = clock.now() + mostMs;
  while (clock.now() < until && (await store.read.outboxDepth()).waiting > 0) await clock.sleep(50);
}
