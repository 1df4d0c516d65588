/** What the configuration says of alerts, parsed. */
import type { UserId } from "../ids.ts";
import type { Matcher } from "./matcher.ts";
import type { Severity } from "./severity.ts";

export interface AlertSettings {
  readonly sources: readonly AlertSource[];
  /** The label that names a room: looked for in `routeLabels`, the group's labels, the common labels. */
  readonly roomLabel: string;
  readonly severityLabel: string;
  /** Words of the severity label beside the usual ones: `page` → `critical`. */
  readonly severityWords: Readonly<Record<string, Severity>>;
  /** The first that fits decides. */
  readonly routes: readonly AlertRoute[];
  /** Where everything goes that no label and no route sends elsewhere: a room's short name. */
  readonly defaultRoom: string;
  /** All that fit count. */
  readonly pings: readonly PingRule[];
  readonly quietHours: QuietHours | undefined;
  readonly message: MessageSettings;
  /** A group that has not been heard of for this long is taken for gone. */
  readonly forgetAfterMs: number;
  readonly template: TemplateSettings;
}

export interface AlertSource {
  readonly name: string;
  /** Where silences are made; without it they are refused with words. */
  readonly alertmanager: { readonly url: string } | undefined;
  readonly watchdog: WatchdogSettings | undefined;
}

/** Alerts that fire always: their absence is the news. */
export interface WatchdogSettings {
  readonly matchers: readonly Matcher[];
  /** Without a heartbeat for this long it is said. */
  readonly afterMs: number;
  readonly room: string;
  readonly mention: readonly UserId[];
}

export interface AlertRoute {
  readonly matchers: readonly Matcher[];
  /** Only what came by one of these receivers; empty: any. */
  readonly receivers: readonly string[];
  readonly rooms: readonly string[];
}

export interface PingRule {
  readonly severities: readonly Severity[];
  readonly matchers: readonly Matcher[];
  readonly mention: readonly UserId[];
  /** Mentions also during quiet hours. */
  readonly always: boolean;
  readonly escalate: { readonly afterMs: number; readonly mention: readonly UserId[] } | undefined;
}

export interface QuietHours {
  /** Minutes since midnight in `timeZone`; `from` after `to` goes over midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timeZone: string;
}

export interface MessageSettings {
  /** Instances shown one by one; the rest are counted. */
  readonly instances: number;
  /** A message older than this is not edited when its group begins anew: a new one is written, linking the old. */
  readonly moveAfterMs: number;
  /** The same, by how many messages stand below it. */
  readonly moveAfterMessages: number;
  /** The same people are not mentioned again for the same group within this. */
  readonly pingAgainAfterMs: number;
}

/** Mustache templates; what they make is text, never markup. */
export interface TemplateSettings {
  readonly title: string | undefined;
  readonly line: string | undefined;
}
