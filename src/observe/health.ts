/** Whether Opsroom lives and is ready. Pure, so that every case is a test. */

export interface Vitals {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** `waiting`: another instance holds the lease and acts. */
  readonly state: "starting" | "waiting" | "acting" | "stopping";
  readonly lastSyncAt: number | undefined;
  readonly store: { readonly ok: true } | { readonly ok: false; readonly reason: string };
  readonly outbox: { readonly waiting: number; readonly oldestAgeMs: number } | undefined;
}

export type Readiness = { readonly ready: true; readonly state: "acting" | "standby" } | { readonly ready: false; readonly reason: string };

/** A long poll answers after half a minute even when nothing happens: a good sync older than this means that the loop is stuck. */
export const mostSyncAgeMs = 90_000;

export function judgeReadiness({ now, state, lastSyncAt, store }: Vitals): Readiness {
  if (!store.ok) return { ready: false, reason: `store: ${store.reason}` };
  switch (state) {
    case "starting":
    case "stopping":
      return { ready: false, reason: state };
    case "waiting":
      return { ready: true, state: "standby" };
    case "acting":
      if (lastSyncAt === undefined) return { ready: false, reason: "no sync with the homeserver yet" };
      if (now - lastSyncAt > mostSyncAgeMs) return { ready: false, reason: `the last good sync is ${Math.round((now - lastSyncAt) / 1000)} s old` };
      return { ready: true, state: "acting" };
    default:
      return state satisfies never;
  }
}
