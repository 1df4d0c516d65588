/** What Opsroom asks of an Alertmanager: API v2, of 0.25 (Debian's) to 0.34. Each call has a deadline and a bound on its answer. */
import type * as z from "zod";
import { TooLarge } from "../../bounded-body.ts";
import type { Clock } from "../../clock.ts";
import { callOnce, type Call } from "../../http-call.ts";
import { showMatcher, type Matcher } from "../matcher.ts";
import {
  alertsShape,
  createdShape,
  groupsShape,
  matcherJson,
  silenceShape,
  silencesShape,
  statusShape,
  type KnownAlert,
  type KnownGroup,
  type Silence,
} from "./answers.ts";
import { AlertmanagerError, noAnswerFrom, refusedBy, unreadable } from "./error.ts";
import { readNotificationFailures, type NotificationFailures } from "./notification-failures.ts";

export interface Alertmanager {
  /** Name of the source that it belongs to. */
  readonly source: string;
  /** All that match, also those silenced and inhibited unless they are left out. */
  readonly alerts: (filter: AlertFilter, signal: AbortSignal) => Promise<readonly KnownAlert[]>;
  readonly groups: (filter: AlertFilter, signal: AbortSignal) => Promise<readonly KnownGroup[]>;
  /** Those that have ended too, as long as Alertmanager keeps them (5 days by default). */
  readonly silences: (signal: AbortSignal) => Promise<readonly Silence[]>;
  /** `undefined` when there is none of that id. */
  readonly silence: (id: string, signal: AbortSignal) => Promise<Silence | undefined>;
  /** Answers its id. */
  readonly createSilence: (silence: NewSilence, signal: AbortSignal) => Promise<string>;
  /** One that is not there, or over already, is no failure. */
  readonly expireSilence: (id: string, signal: AbortSignal) => Promise<void>;
  readonly status: (signal: AbortSignal) => Promise<{ readonly version: string | undefined; readonly peers: number | undefined }>;
  readonly notificationFailures: (signal: AbortSignal) => Promise<NotificationFailures>;
}

export interface AlertFilter {
  readonly matchers: readonly Matcher[];
  /** By default `true`. */
  readonly active?: boolean;
  readonly silenced?: boolean;
  readonly inhibited?: boolean;
}

export interface NewSilence {
  readonly matchers: readonly Matcher[];
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export interface AlertmanagerOptions {
  readonly source: string;
  /** Base address, with a path prefix if it has one. */
  readonly url: string;
  /** Value of the header, read for each call; `undefined` for none. */
  readonly authorization: () => Promise<string | undefined>;
  /** PEM, read for each call; `undefined` for the system's. */
  readonly ca: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, "sleep">;
  readonly deadlineMs?: number;
}

const mostBytes = 16 * 2 ** 20;
const usualDeadlineMs = 10_000;

/** Opens nothing yet: each call connects. Calls throw {@link AlertmanagerError}, or the reason of their signal. */
export function openAlertmanager({ source, url, authorization, ca, clock, deadlineMs = usualDeadlineMs }: AlertmanagerOptions): Alertmanager {
  const base = url.replace(/\/+$/u, "");

  const call = async (what: string, method: Call["method"], path: string, signal: AbortSignal, body?: unknown): Promise<string> => {
    const late = new AbortController();
    const done = new AbortController();
    const deadline = clock.sleep(deadlineMs, AbortSignal.any([signal, done.signal])).then(
      () => late.abort(new DOMException("late", "TimeoutError")),
      () => undefined,
    );
    try {
      const secrets = { authorization: await authorization(), ca: await ca() };
      const request = { method, url: `${base}${path}`, mostBytes, ...secrets, ...(body === undefined ? {} : { body }) };
      const answer = await callOnce(request, AbortSignal.any([signal, late.signal])).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error instanceof TooLarge ? unreadable(source, what, "more than 16 MiB") : noAnswerFrom(source, what, error);
      });
      if (answer.status < 200 || answer.status > 299) throw refusedBy(source, what, answer.status, answer.body);
      return answer.body;
    } finally {
      done.abort();
      await deadline;
    }
  };
  const get = async <T>(what: string, path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T> =>
    read(await call(what, "GET", path, signal), shape, source, what);
  const silence = async (id: string, signal: AbortSignal): Promise<Silence | undefined> => {
    try {
      return await get("show a silence", `/api/v2/silence/${encodeURIComponent(id)}`, silenceShape, signal);
    } catch (error) {
      if (error instanceof AlertmanagerError && error.failure === "not-found") return undefined;
      throw error;
    }
  };

  return {
    source,
    alerts: async (filter, signal) => get("list the alerts", `/api/v2/alerts?${queryOf(filter)}`, alertsShape, signal),
    groups: async (filter, signal) => get("list the groups", `/api/v2/alerts/groups?${queryOf(filter)}`, groupsShape, signal),
    silences: async (signal) => get("list the silences", "/api/v2/silences", silencesShape, signal),
    silence,
    createSilence: async ({ matchers, startsAt, endsAt, createdBy, comment }, signal) => {
      const what = "make a silence";
      const times = { startsAt: new Date(startsAt).toISOString(), endsAt: new Date(endsAt).toISOString() };
      const body = await call(what, "POST", "/api/v2/silences", signal, { matchers: matchers.map(matcherJson), ...times, createdBy, comment });
      return read(body, createdShape, source, what).silenceID;
    },
    expireSilence: async (id, signal) => {
      try {
        await call("end a silence", "DELETE", `/api/v2/silence/${encodeURIComponent(id)}`, signal);
      } catch (error) {
        if (!(error instanceof AlertmanagerError) || error.failure === "refused") throw error;
        // Before 0.28 ending what has ended is answered with 500.
        const there = error.failure === "not-found" ? undefined : await silence(id, signal);
        if (there !== undefined && there.state !== "expired") throw error;
      }
    },
    status: async (signal) => {
      const { versionInfo, cluster } = await get("tell its status", "/api/v2/status", statusShape, signal);
      return { version: versionInfo?.version, peers: cluster?.peers?.length };
    },
    notificationFailures: async (signal) => readNotificationFailures(`\n${await call("tell its metrics", "GET", "/metrics", signal)}`),
  };
}

function queryOf({ matchers, active, silenced, inhibited }: AlertFilter): string {
  const query = new URLSearchParams(matchers.map((matcher): [string, string] => ["filter", showMatcher(matcher)]));
  for (const [name, value] of Object.entries({ active, silenced, inhibited })) if (value !== undefined) query.set(name, String(value));
  return query.toString();
}

function read<T>(body: string, shape: z.ZodType<T>, source: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw unreadable(source, what, "something that is no JSON");
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw unreadable(source, what, `something unexpected (${parsed.error.issues[0]?.path.join(".") ?? "?"})`);
  return parsed.data;
}
