/** What makes two deliveries the same. Pure. */
import { createHash } from "node:crypto";
import type { DeliveryRecord } from "../../store/alert-store.ts";
import type { Delivery } from "../delivery.ts";
import { groupIdOf } from "../fold.ts";
import { sortedEntries } from "./bounded-labels.ts";

/**
 * SHA-256 over what a delivery says, in no matter which order. The same from both Alertmanagers of a pair and from each retry: when it came, from where,
 * its number in the notification log and the links that name the sender are left out.
 */
export function deliveryKey({ source, receiver, groupKey, truncated, alerts, commonAnnotations, routeLabels }: Delivery): string {
  const each = alerts
    .map(({ fingerprint, status, startsAt, endsAt, labels, annotations }) =>
      JSON.stringify([
        fingerprint,
        status,
        startsAt ?? null,
        status === "resolved" ? (endsAt ?? null) : null,
        sortedEntries(labels),
        sortedEntries(annotations),
      ]),
    )
    .toSorted();
  const hash = createHash("sha256").update(
    JSON.stringify([source, receiver, groupKey, truncated, sortedEntries(commonAnnotations), sortedEntries(routeLabels)]),
  );
  for (const text of each) hash.update("\n").update(text);
  return hash.digest("hex");
}

/** As it is kept. @param address of whoever sent it: with its own name for itself it tells two Alertmanagers from one that repeats itself */
export function deliveryRecord(delivery: Delivery, address: string): DeliveryRecord {
  return {
    key: deliveryKey(delivery),
    sender: `${address} ${delivery.externalUrl ?? ""}`.trim(),
    group: groupIdOf(delivery.source, delivery.receiver, delivery.groupKey),
    receivedAt: delivery.receivedAt,
    body: JSON.stringify(delivery),
  };
}
