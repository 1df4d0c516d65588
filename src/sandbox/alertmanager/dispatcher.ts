/** Sorts alerts into groups by route and labels, and keeps the groups going. */
import type { Labels } from "../../alerts/delivery.ts";
import { matchesAll, type Matcher } from "../../alerts/matcher.ts";
import type { KnownAlert } from "./alert-book.ts";
import { groupKeyOf } from "./fingerprint.ts";
import { createGroup, type Group, type GroupNeeds, type Receiver } from "./group.ts";
import type { Told } from "./notification-log.ts";
import { Refusal } from "./refusal.ts";

/** Alerts that go to another receiver; the first that fits decides. */
export interface SubRoute {
  readonly matchers: readonly Matcher[];
  readonly receiver: Receiver;
}

export interface DispatcherOptions extends Omit<GroupNeeds, "record" | "told"> {
  readonly receiver: Receiver;
  readonly routes: readonly SubRoute[];
  /** Names of labels; `...` alone: all of them. */
  readonly groupBy: readonly string[];
}

export interface Dispatcher extends AsyncDisposable {
  readonly dispatch: (alert: KnownAlert) => void;
  readonly groups: () => readonly Group[];
  /** Names of all receivers. */
  readonly receivers: readonly string[];
  /** Names of the receivers that get it. */
  readonly receiversOf: (labels: Labels) => readonly string[];
}

const maxGroups = 20_000;

export function dispatcher(options: DispatcherOptions): Dispatcher {
  const stop = new AbortController();
  const groups = new Map<string, Group>();
  const running = new Set<Promise<void>>();
  const log = new Map<string, Told>();
  const needs: GroupNeeds = {
    ...options,
    told: (key) => log.get(key),
    record: (key, told) => {
      log.delete(key);
      log.set(key, told);
      const oldest = log.keys().next();
      if (log.size > maxGroups && oldest.done !== true) log.delete(oldest.value);
    },
  };

  const routeOf = (labels: Labels): SubRoute | undefined => options.routes.find((route) => matchesAll(labels, route.matchers));

  function open(key: string, labels: Labels, route: SubRoute | undefined): Group {
    if (groups.size >= maxGroups) throw new Refusal(503, `more than ${maxGroups} groups`);
    const group = createGroup({ key, labels, receiver: route?.receiver ?? options.receiver, route: route?.matchers }, needs);
    groups.set(key, group);
    const run = group
      .run(stop.signal)
      .catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
      .finally(() => {
        groups.delete(key);
        running.delete(run);
      });
    running.add(run);
    return group;
  }

  return {
    groups: () => [...groups.values()],
    receivers: [options.receiver, ...options.routes.map((route) => route.receiver)].map(({ name }) => name),
    receiversOf: (labels) => [(routeOf(labels)?.receiver ?? options.receiver).name],
    dispatch: (alert) => {
      const route = routeOf(alert.labels);
      const byAll = options.groupBy.includes("...");
      const labels = Object.fromEntries(Object.entries(alert.labels).filter(([name]) => byAll || options.groupBy.includes(name)));
      const key = groupKeyOf(route?.matchers, labels);
      (groups.get(key) ?? open(key, labels, route)).insert(alert);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}
