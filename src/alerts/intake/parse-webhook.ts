/** A webhook's body as a delivery, or why it is none. Pure. */
import { createHash } from "node:crypto";
import type { Alert, Delivery, Labels } from "../delivery.ts";
import { isObject } from "../../json.ts";
import { boundAnnotations, boundLabels, commonTo, sortedEntries, textsIn } from "./bounded-labels.ts";
import { linkOf, parseAlert, statusOf } from "./parse-alert.ts";
import { alertShape, payloadShape, type GivenAlert, type Payload } from "./payload.ts";

export type ParsedWebhook =
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  /** A list without alerts: nothing is said of any. */
  | { readonly kind: "nothing" }
  /** Will never be readable. */
  | { readonly kind: "unreadable"; readonly why: string };

export interface Arrival {
  readonly source: string;
  /** The path's last part; empty when it has none. */
  readonly receiver: string;
  readonly receivedAt: number;
}

/** The rest is counted as truncated, as Alertmanager's own `max_alerts` does. */
const mostAlerts = 2000;
const longestReceiver = 500;
const longestGroupKey = 4096;
const longestReason = 100;

export function parseWebhook(text: string, arrival: Arrival): ParsedWebhook {
  const value = parseJson(text);
  if (value === undefined) return { kind: "unreadable", why: "the body is not JSON" };
  const parsed = payloadShape.safeParse(value);
  if (!parsed.success) return { kind: "unreadable", why: "the body has no list `alerts`" };
  const payload = parsed.data;
  const given = (payload.alerts ?? []).flatMap((each) => alertShape.safeParse(each).data ?? []);
  const unread = (payload.alerts?.length ?? 0) - given.length;
  if (given.length > 0) return { kind: "delivery", delivery: deliveryOf(payload, given, unread, arrival) };
  if (unread > 0) return { kind: "unreadable", why: `none of its ${unread} alerts can be read` };
  // Version 4 has been Alertmanager's since 2016; what says otherwise and brings nothing is something else.
  return payload.version === undefined || payload.version === "4" || payload.version === "1"
    ? { kind: "nothing" }
    : { kind: "unreadable", why: 'the body has no alerts, and its version is not "4"' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function deliveryOf(payload: Payload, given: readonly GivenAlert[], unread: number, { source, receiver, receivedAt }: Arrival): Delivery {
  const groupLabels = boundLabels(textsIn(payload.groupLabels));
  const wanted = Object.keys(groupLabels);
  const withStatus = given.map((each) => ({ each, status: statusOf(each, payload, receivedAt) }));
  const ordered = withStatus.length <= mostAlerts ? withStatus : firingFirst(withStatus);
  const kept = ordered.slice(0, mostAlerts);
  // What has ended and is left out has ended all the same.
  const cut = ordered.slice(mostAlerts).filter((row) => row.status === "firing").length;
  const alerts = kept.map(({ each, status }) => parseAlert(each, status, wanted));
  const commonLabels = isObject(payload.commonLabels) ? boundLabels(textsIn(payload.commonLabels), wanted) : commonTo(alerts.map((alert) => alert.labels));
  return {
    source,
    receiver: (receiver === "" ? unescapeReceiver(payload.receiver ?? "default") : receiver).slice(0, longestReceiver),
    groupKey: groupKeyOf(payload.groupKey, wanted.length > 0 ? groupLabels : commonLabels),
    alerts,
    groupLabels,
    commonLabels,
    commonAnnotations: isObject(payload.commonAnnotations)
      ? boundAnnotations(textsIn(payload.commonAnnotations))
      : commonTo(alerts.map((alert) => alert.annotations)),
    routeLabels: boundLabels(textsIn(payload.routeLabels)),
    externalUrl: linkOf(payload.externalURL),
    // One that could not be read may be one that is known: what is absent then has not ended.
    truncated: payload.truncatedAlerts + unread + cut,
    reason: payload.notification_reason?.slice(0, longestReason),
    receivedAt,
  };
}

function firingFirst<Row extends { readonly status: Alert["status"] }>(rows: readonly Row[]): readonly Row[] {
  return [...rows.filter((row) => row.status === "firing"), ...rows.filter((row) => row.status === "resolved")];
}

/** Alertmanager's own, or one made as it makes them: of the labels that tell the group from others. */
function groupKeyOf(given: string | undefined, labels: Labels): string {
  const key =
    given ??
    `{}:{${sortedEntries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(", ")}}`;
  return key.length <= longestGroupKey ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** Alertmanager passes the name through Go's `regexp.QuoteMeta` (`notify/notify.go`): `ops.matrix` comes as `ops\.matrix`. */
export function unescapeReceiver(text: string): string {
  return text.replaceAll(/\\([\\.+*?()|[\]{}^$])/gu, "$1");
}
