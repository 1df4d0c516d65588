/** What the file says of alerts, as the parts that use it want it. */
import type { AlertSettings } from "../alerts/settings.ts";
import { credentialOf, type Credential } from "./schema/alert-source.ts";
import type { GivenAlerts } from "./schema/alerts.ts";

export interface AlertsConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly settings: AlertSettings;
  /** One a source: whoever names themselves so is that source. */
  readonly credentials: readonly SourceCredential[];
  /** Of the sources that have one. */
  readonly alertmanagers: readonly AlertmanagerAccess[];
}

export type SourceCredential = Credential & { readonly source: string };

export interface AlertmanagerAccess {
  readonly source: string;
  /** Without `/` at its end. */
  readonly url: string;
  readonly credential: Credential | undefined;
  readonly caFile: string | undefined;
}

/** @param timeZone of the configuration: quiet hours without one of their own are in it */
export function settleAlerts(given: GivenAlerts, timeZone: string): AlertsConfig {
  const { sources, message, template, quietHours } = given;
  return {
    listen: given.listen,
    credentials: sources.flatMap((source) => {
      const credential = credentialOf(source);
      return credential === undefined ? [] : [{ ...credential, source: source.name }];
    }),
    alertmanagers: sources.flatMap(({ name, alertmanager }) =>
      alertmanager === undefined ? [] : [{ source: name, url: alertmanager.url, credential: credentialOf(alertmanager), caFile: alertmanager.ca?.file }],
    ),
    settings: {
      sources: sources.map((source) => sourceOf(source, given.defaultRoom)),
      roomLabel: given.roomLabel,
      severityLabel: given.severityLabel,
      severityWords: Object.fromEntries(Object.entries(given.severityWords).map(([word, severity]) => [word.toLowerCase(), severity])),
      routes: given.routes.map(({ match, receivers, rooms }) => ({ matchers: match ?? [], receivers: receivers ?? [], rooms })),
      defaultRoom: given.defaultRoom,
      pings: given.pings.map(({ severities, match, mention, always, escalate }) => ({
        severities,
        matchers: match ?? [],
        mention,
        always,
        escalate: escalate === undefined ? undefined : { afterMs: escalate.after, mention: escalate.mention },
      })),
      quietHours: quietHours === undefined ? undefined : { fromMinute: quietHours.from, toMinute: quietHours.to, timeZone: quietHours.timeZone ?? timeZone },
      message: {
        instances: message.instances,
        moveAfterMs: message.moveAfter,
        moveAfterMessages: message.moveAfterMessages,
        pingAgainAfterMs: message.pingAgainAfter,
      },
      forgetAfterMs: given.forgetAfter,
      template: { title: template.title, line: template.line },
    },
  };
}

function sourceOf({ name, alertmanager, watchdog }: GivenAlerts["sources"][number], defaultRoom: string): AlertSettings["sources"][number] {
  return {
    name,
    alertmanager: alertmanager === undefined ? undefined : { url: alertmanager.url },
    watchdog:
      watchdog === undefined ? undefined : { matchers: watchdog.match, afterMs: watchdog.after, room: watchdog.room ?? defaultRoom, mention: watchdog.mention },
  };
}
