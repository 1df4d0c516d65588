/** Everything the instance with the lease does about alerts: deliveries worked off, storms, silences, watchdogs, prompts. */
import type { ReactionTaker } from "../chat/reactions.ts";
import type { View } from "../chat/command.ts";
import type { ActionNeeds } from "../alerts/actions/needs.ts";
import { alertReactions } from "../alerts/actions/reaction-taker.ts";
import { silenceAsk } from "../alerts/actions/silence-ask.ts";
import { silenceAnswered } from "../alerts/actions/silence-make.ts";
import { silenceHandlers } from "../alerts/actions/silence-watch.ts";
import type { Alertmanager } from "../alerts/alertmanager/client.ts";
import { parseMessageKey } from "../alerts/live/keys.ts";
import type { Prompts } from "../prompts/service.ts";
import { watchNotificationFailures } from "./alertmanagers.ts";
import { escalationHandlers } from "../alerts/escalation.ts";
import { keepHouse } from "../alerts/housekeeping.ts";
import { createLiving } from "../alerts/live/create-living.ts";
import { toRecord } from "../alerts/live/stored-group.ts";
import { watchWaiting } from "../alerts/live/watch-waiting.ts";
import type { Living } from "../alerts/living.ts";
import type { AlertSettings } from "../alerts/settings.ts";
import { startWatching, watchdogHandler } from "../alerts/watchdog.ts";
import { runAlertWorker } from "../alerts/worker.ts";
import type { Clock } from "../clock.ts";
import type { RoomId, UserId } from "../ids.ts";
import type { Pace } from "../matrix/outbox/sender.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { wakeable, type Wakeable } from "../wakeable.ts";
import type { TimerHandler } from "./timers.ts";

export interface AlertingNeeds {
  readonly store: Store;
  readonly settings: () => AlertSettings;
  readonly timeZone: () => string;
  readonly account: UserId;
  /** Room ids of the moment, by short name. */
  readonly rooms: () => ReadonlyMap<string, RoomId>;
  readonly pace: () => Pace;
  readonly clock: Clock;
  readonly log: Log;
  /** Rung when something was accepted. */
  readonly bell: Wakeable;
  readonly wakeSender: () => void;
  readonly wakeTimers: () => void;
  readonly prompts: Prompts;
  readonly alertmanagers: ReadonlyMap<string, Alertmanager>;
  /** Where their failures are kept, by source. */
  readonly failedNotifications: Map<string, number>;
}

export interface Alerting {
  /** What the commands about alerts act with. */
  readonly actions: ActionNeeds;
  readonly handlers: Readonly<Record<string, TimerHandler>>;
  readonly takers: readonly ReactionTaker[];
  readonly loops: readonly ((signal: AbortSignal) => Promise<void>)[];
}

const lookAtMostEveryMs = 250;
const lookMs = 1000;
/** So much is not worked off within seconds: looked at less often. */
const manyWaiting = 200;
const lookSeldomMs = 5000;
const houseEveryMs = 10_000;

export function prepareAlerting(needs: AlertingNeeds): Alerting {
  const { store, settings, timeZone, clock, log, rooms, wakeSender } = needs;
  const view = (): View => ({ now: clock.now(), timeZone: timeZone() });
  const living = createLiving({ read: store.read, settings, view, account: needs.account, rooms });
  const shared = { store, settings, view, rooms, wakeSender, living };
  const worked = wakeable(clock);
  const waiting = { ...shared, pace: needs.pace };
  const watching = { ...shared, listeningSince: clock.now() };

  let watched: AlertSettings | undefined;
  const actions: ActionNeeds = { ...shared, prompts: needs.prompts, alertmanagers: () => needs.alertmanagers };

  return {
    actions,
    takers: [alertReactions(actions, rememberRemoval(living))],
    handlers: {
      ...escalationHandlers(shared),
      ...silenceHandlers(actions),
      "silence.ask": silenceAsk(actions),
      "answered.silence": silenceAnswered(actions),
      "alert.watchdog": watchdogHandler(watching),
      // A group whose room was not known when it was to be shown.
      "alert.show": async (timer) => {
        await store.write(async (tx) => {
          await tx.clearTimer(timer.key);
          const group = await living.load(tx, timer.key.slice("show/".length));
          if (group?.status === "firing") await living.show(tx, group, [{ kind: "began", again: false, alerts: Object.values(group.alerts) }], []);
        });
        wakeSender();
      },
    },
    loops: [
      (signal) => watchNotificationFailures(needs.alertmanagers, needs.failedNotifications, { clock, log }, signal),
      (signal) =>
        runAlertWorker(
          {
            ...shared,
            clock,
            log,
            bell: needs.bell,
            onWorked: () => {
              worked.wake();
              needs.wakeTimers();
            },
          },
          signal,
        ),
      (signal) =>
        repeat("what waits to be shown could not be looked at", { clock, log }, signal, async () => {
          await clock.sleep(lookAtMostEveryMs, signal);
          const waits = await watchWaiting(waiting);
          if (waits > 0) await clock.sleep(waits > manyWaiting ? lookSeldomMs : lookMs, signal);
          else await worked.wait(15_000, signal);
        }),
      (signal) =>
        repeat("silent groups and unreadable calls could not be looked at", { clock, log }, signal, async () => {
          // The settings are another object only after the configuration was read again.
          if (watched !== settings()) await startWatching(watching);
          watched = settings();
          await keepHouse(shared);
          await clock.sleep(houseEveryMs, signal);
        }),
    ],
  };
}

/** Again and again until `signal` aborts; what fails is logged and tried again a little later. */
async function repeat(complaint: string, { clock, log }: Pick<AlertingNeeds, "clock" | "log">, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await act();
    } catch (error) {
      if (signal.aborted) return;
      log.error({ err: error }, complaint);
      await clock.sleep(5000, signal).catch(() => undefined);
    }
  }
}

/** A living message was taken away: somebody wanted it so, and it is written anew only when there is news. */
function rememberRemoval(living: Living): ReactionTaker["removed"] {
  return async (tx, key) => {
    const about = parseMessageKey(key);
    if (about === undefined || about.rest !== "") return;
    const group = await living.load(tx, about.group);
    const presence = group?.rooms[about.room];
    if (group === undefined || presence?.number !== about.number) return;
    await tx.saveGroup(toRecord({ ...group, rooms: { ...group.rooms, [about.room]: { ...presence, gone: true } } }));
  };
}
