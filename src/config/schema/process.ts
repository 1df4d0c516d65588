/** The process itself: its database, what it keeps and for how long, how long it waits, what it calls bad. */
import * as z from "zod";
import type { SecretRef } from "../../secret-ref.ts";
import { defaultThresholds, type Threshold } from "../../status/thresholds.ts";
import { absoluteFile, duration, exactlyOneOf, oneOfRequired, secret, share } from "./pieces.ts";

export type StoreConfig = { readonly kind: "sqlite"; readonly file: string } | { readonly kind: "postgres"; readonly url: SecretRef };

const databases = ["sqlite", "postgres"] as const;

export const storeSchema = z
  .strictObject({
    sqlite: z
      .strictObject({ file: absoluteFile().describe("Path of the database file; its folder must exist.") })
      .optional()
      .describe("A file: the usual choice."),
    postgres: z
      .strictObject({ url: secret("Connection address, `postgres://user:password@host/database`.") })
      .optional()
      .describe("A PostgreSQL server, for two instances on different machines."),
  })
  .refine((store) => exactlyOneOf(store, databases), { error: "exactly one of sqlite and postgres", when: () => true })
  .meta({ description: "Where Opsroom keeps what it knows: exactly one of `sqlite` and `postgres`.", ...oneOfRequired(databases) })
  .transform(({ sqlite, postgres }): StoreConfig =>
    postgres === undefined ? { kind: "sqlite", file: sqlite?.file ?? "" } : { kind: "postgres", url: postgres.url },
  );

export const retentionSchema = z
  .strictObject({
    events: duration("Room events that were dealt with.", "30d"),
    messages: duration("Messages that were sent.", "30d"),
    audit: duration("The audit log.", "400d"),
  })
  .describe("How long things are kept.")
  .transform(({ events, messages, audit }) => ({ eventsMs: events, messagesMs: messages, auditMs: audit }))
  .prefault({});

export const deadlinesSchema = z
  .strictObject({
    known: duration("When an older figure can be shown in its place, with its age.", "2s"),
    first: duration("When there is none yet; not shorter than `known`.", "6s"),
  })
  .refine(({ known, first }) => known <= first, { path: ["first"], error: "a duration that is not shorter than known", when: unspoilt })
  .describe("How long an answer waits for one source (a cluster, a homeserver, Prometheus) before it goes out without it, and says so.")
  .transform(({ known, first }) => ({ knownMs: known, firstMs: first }))
  .prefault({});

function levels(description: string, { warn, critical }: Threshold) {
  return z
    .strictObject({
      warn: share("From here on it is 🟡.").default(warn),
      critical: share("From here on it is 🔴.").default(critical),
    })
    .refine((level) => level.warn < level.critical, { error: "warn below critical", when: unspoilt })
    .describe(description)
    .prefault({});
}

/** Two values are compared only when each is right by itself. */
function unspoilt({ issues }: { readonly issues: readonly unknown[] }): boolean {
  return issues.length === 0;
}

export const thresholdsSchema = z
  .strictObject({
    nodeMemory: levels("Memory in use on a node, of what it can allocate.", defaultThresholds.nodeMemory),
    nodeCpu: levels("CPU in use on a node, of what it can allocate.", defaultThresholds.nodeCpu),
    synapseMemory: levels("Memory of Synapse, of its limit.", defaultThresholds.synapseMemory),
    restartRecent: duration("A container that restarted within this time is 🟡.", "1h"),
    oomRecent: duration("A container that was killed for want of memory within this time is 🔴.", "6h"),
    stale: duration("Figures older than this are shown with their age but decide nothing.", "5m"),
  })
  .describe("What is called bad; shares are from 0 to 1.")
  .transform(({ restartRecent, oomRecent, stale, ...levels }) => ({ ...levels, restartRecentMs: restartRecent, oomRecentMs: oomRecent, staleMs: stale }))
  .prefault({});

export const adminSchema = z
  .strictObject({
    host: z.string().min(1).max(253).default("0.0.0.0").describe("Address to listen on."),
    port: z.int().min(0).max(65_535).default(9090).describe("Port to listen on; 0 takes a free one."),
  })
  .describe("Where `/livez`, `/readyz` and `/metrics` are served.")
  .prefault({});

export const logSchema = z
  .strictObject({ level: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info").describe("The least serious level that is logged.") })
  .describe("The log: JSON lines on standard error.")
  .prefault({});

export function timeZoneName(): z.ZodString {
  return z.string().refine(isTimeZone, { error: "a time zone such as Europe/Moscow or UTC" });
}

export const timeZoneSchema = timeZoneName().default("UTC").describe("Time zone that times are shown in, by its IANA name.");

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
