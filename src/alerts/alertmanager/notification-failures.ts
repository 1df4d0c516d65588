/** How many notifications Alertmanager could not deliver, from the text of its `/metrics`. Pure. */

export interface NotificationFailures {
  /** Of webhooks, since it started; `undefined` when it does not tell. */
  readonly sent: number | undefined;
  readonly failed: number | undefined;
}

/** `alertmanager_notifications_total{integration="webhook"} 12`; since 0.26 with more labels (`reason`, `receiver_name`): those are summed. */
export function readNotificationFailures(text: string): NotificationFailures {
  return { sent: sumOf(text, "alertmanager_notifications_total"), failed: sumOf(text, "alertmanager_notifications_failed_total") };
}

function sumOf(text: string, metric: string): number | undefined {
  let sum: number | undefined;
  for (let at = text.indexOf(`\n${metric}{`); at >= 0; at = text.indexOf(`\n${metric}{`, at + 1)) {
    const end = text.indexOf("\n", at + 1);
    const line = text.slice(at + 1, end < 0 ? undefined : end);
    const value = /[{,]integration="webhook"[,}]/u.test(line) ? Number(/\}\s+([0-9.e+]+)/u.exec(line)?.[1]) : Number.NaN;
    if (Number.isFinite(value)) sum = (sum ?? 0) + value;
  }
  return sum;
}
