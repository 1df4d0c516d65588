/** What a source tells in one webhook call: the whole present state of one group, never a difference. */

/** One alert of a group. */
export interface Alert {
  /** Alertmanager's hash of the label set; made by us where a source gives none. */
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Milliseconds since 1970; `undefined` when the source gave none, or zero. */
  readonly startsAt: number | undefined;
  /** When it ended; `undefined` while it fires. */
  readonly endsAt: number | undefined;
  readonly generatorUrl: string | undefined;
}

export type Labels = Readonly<Record<string, string>>;

export interface Delivery {
  /** Name of the credential it came with: one Prometheus, or one pair of Alertmanagers. */
  readonly source: string;
  /** The path's last part; Alertmanager's own escaping undone. */
  readonly receiver: string;
  readonly groupKey: string;
  readonly alerts: readonly Alert[];
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  /** Alertmanager 0.34: labels of the route; empty before. */
  readonly routeLabels: Labels;
  readonly externalUrl: string | undefined;
  /** Alerts that `max_alerts` cut off: what is absent then has not ended. */
  readonly truncated: number;
  /** Alertmanager's `notification_reason` (since 0.32). */
  readonly reason: string | undefined;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}
