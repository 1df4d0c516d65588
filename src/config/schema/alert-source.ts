/** Who may send alerts, and where their Alertmanager is. */
import * as z from "zod";
import type { SecretRef } from "../../secret-ref.ts";
import { matchers, people } from "./alert-pieces.ts";
import { duration, exactlyOneOf, isSafeAddress, oneOfRequired, plainUrl, secret, secretFile, shortName } from "./pieces.ts";

const credentialKinds = ["basic", "bearer"] as const;

function credential(whose: string) {
  return {
    basic: z
      .strictObject({
        user: z
          .string()
          .regex(/^[!-9;-~]{1,200}$/u, { error: "a user name without a colon or blanks" })
          .describe("User name."),
        password: secret("Password."),
      })
      .exactOptional()
      .describe(`${whose} by HTTP basic authentication.`),
    bearer: secret(`${whose} by a bearer token.`).exactOptional(),
  };
}

/** How somebody names themselves over HTTP. */
export type Credential =
  { readonly kind: "basic"; readonly user: string; readonly secret: SecretRef } | { readonly kind: "bearer"; readonly secret: SecretRef };

interface GivenCredential {
  readonly basic?: { readonly user: string; readonly password: SecretRef };
  readonly bearer?: SecretRef;
}

/** The one that is given, if any. */
export function credentialOf({ basic, bearer }: GivenCredential): Credential | undefined {
  if (basic !== undefined) return { kind: "basic", user: basic.user, secret: basic.password };
  return bearer === undefined ? undefined : { kind: "bearer", secret: bearer };
}

const alertmanager = z
  .strictObject({
    url: z
      .string()
      .refine((text) => plainUrl(text) !== undefined, { error: "an http or https address without user, password or query" })
      .describe("Base address of its API, with its path prefix if it has one. Of a pair one is enough: they tell each other of silences.")
      .transform((text) => text.replace(/\/+$/u, "")),
    ...credential("Opsroom names itself"),
    ca: secretFile("Certificate authority of `url`, PEM.").exactOptional(),
  })
  .refine(({ basic, bearer }) => basic === undefined || bearer === undefined, { error: "basic or bearer, not both" })
  .refine(({ url, basic, bearer }) => (basic ?? bearer) === undefined || isSafeAddress(url, { insideCluster: true }), {
    path: ["url"],
    error: "an https address, since a credential goes there; http only to this machine or to a Service of the cluster (….svc)",
  })
  .describe("Its Alertmanager, where silences are made. Without it Opsroom shows alerts and silences none.");

const watchdog = z
  .strictObject({
    match: matchers("Which alert is the heartbeat.").prefault('alertname="Watchdog"'),
    after: duration("Without a heartbeat for this long it is said. Longer than Alertmanager's `repeat_interval` for this alert.", "6m"),
    room: shortName().exactOptional().describe("The room it is said in, by its name above; by default `defaultRoom`."),
    mention: people("Who is mentioned.").default([]),
  })
  .describe("An alert that always fires: its absence is the news.");

export const sourceSchema = z
  .strictObject({
    name: shortName().describe("Short name of the source: a Prometheus with its Alertmanager, or its pair of them."),
    ...credential("Whoever sends names itself"),
    alertmanager: alertmanager.exactOptional(),
    watchdog: watchdog.exactOptional(),
  })
  .refine((source) => exactlyOneOf(source, credentialKinds), {
    error: "exactly one of basic and bearer: without a credential anybody could send alerts",
    when: () => true,
  })
  .meta({ description: "One source.", ...oneOfRequired(credentialKinds) });
