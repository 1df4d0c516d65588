/** Answers of Alertmanager's API v2 (0.25 to 0.34), read leniently: what is not needed may be missing or new. */
import * as z from "zod";
import type { Labels } from "../delivery.ts";
import type { Matcher } from "../matcher.ts";

/** An alert as Alertmanager has it now. */
export interface KnownAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Milliseconds since 1970. */
  readonly startsAt: number | undefined;
  /** `suppressed`: silenced, inhibited or muted. */
  readonly state: "active" | "suppressed" | "unprocessed";
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly receivers: readonly string[];
}

export interface KnownGroup {
  readonly labels: Labels;
  readonly receiver: string;
  readonly alerts: readonly KnownAlert[];
}

export interface Silence {
  readonly id: string;
  readonly state: "active" | "pending" | "expired";
  readonly matchers: readonly Matcher[];
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

const labels = z.record(z.string(), z.string()).catch({});
const strings = z.array(z.string()).catch([]);
const maybeTime = z
  .string()
  .transform((text) => timeOf(text))
  .optional()
  .catch(undefined);

const receiver = z.object({ name: z.string() });

const alert = z
  .object({
    fingerprint: z.string().min(1),
    labels,
    annotations: labels,
    startsAt: maybeTime,
    status: z.object({ state: z.enum(["active", "suppressed", "unprocessed"]).catch("active"), silencedBy: strings, inhibitedBy: strings }).optional(),
    receivers: z.array(receiver).catch([]),
  })
  .transform(({ status, receivers, startsAt, ...rest }): KnownAlert => ({
    ...rest,
    startsAt,
    state: status?.state ?? "active",
    silencedBy: status?.silencedBy ?? [],
    inhibitedBy: status?.inhibitedBy ?? [],
    receivers: receivers.map(({ name }) => name),
  }));

export const alertsShape = z.array(alert);

export const groupsShape = z.array(
  z.object({ labels, receiver, alerts: z.array(alert) }).transform((group): KnownGroup => ({ ...group, receiver: group.receiver.name })),
);

/** `isEqual` is missing in what older tools wrote; it means `true`. */
const matcher = z
  .object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().nullish() })
  .transform(({ name, value, isRegex, isEqual }): Matcher => ({ name, value, op: isEqual === false ? (isRegex ? "!~" : "!=") : isRegex ? "=~" : "=" }));

const time = z.string().transform((text, context) => {
  const at = timeOf(text);
  if (at !== undefined) return at;
  context.addIssue({ code: "custom", message: "no time" });
  return z.NEVER;
});

export const silenceShape = z
  .object({
    id: z.string().min(1),
    status: z.object({ state: z.enum(["active", "pending", "expired"]) }),
    matchers: z.array(matcher),
    startsAt: time,
    endsAt: time,
    createdBy: z.string().catch(""),
    comment: z.string().catch(""),
  })
  .transform(({ status, ...rest }): Silence => ({ ...rest, state: status.state }));

export const silencesShape = z.array(silenceShape);
export const createdShape = z.object({ silenceID: z.string().min(1) });
export const statusShape = z.object({
  versionInfo: z.object({ version: z.string() }).optional(),
  cluster: z.object({ status: z.string(), peers: z.array(z.unknown()).nullish() }).optional(),
});

/** As the API wants one. */
export function matcherJson({ name, op, value }: Matcher): Readonly<Record<string, unknown>> {
  return { name, value, isRegex: op === "=~" || op === "!~", isEqual: op === "=" || op === "=~" };
}

/** Go's zero time is none. */
function timeOf(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}
