/** What the Alertmanager contract is given: a way to open one, and the receiver of its notifications. */
import type { AlertmanagerClient } from "../support/alertmanager-client.ts";
import type { WebhookReceiver } from "../support/webhook-receiver.ts";

/** How the Alertmanager of the contract is set up; `alertname` groups, and it repeats after two intervals. */
export interface ContractSetup {
  readonly receiver: string;
  readonly webhookUrl: string;
  readonly bearer: string;
  /** Alerts with `tier="front"` go to a receiver `front`, which is told two alerts at most. */
  readonly frontUrl: string;
}

export interface ContractAlertmanager extends AsyncDisposable {
  readonly baseUrl: string;
}

export interface ContractWorld {
  readonly open: (setup: ContractSetup) => Promise<ContractAlertmanager>;
  /** Two that are told the same. */
  readonly openPair: (setup: ContractSetup) => Promise<readonly ContractAlertmanager[]>;
  readonly groupIntervalMs: number;
}

export interface Contract {
  readonly world: ContractWorld;
  readonly setup: () => ContractSetup;
  readonly am: () => AlertmanagerClient;
  readonly baseUrl: () => string;
  readonly webhook: () => WebhookReceiver;
}

export function setupFor(webhook: WebhookReceiver): ContractSetup {
  return { receiver: "ops.matrix/x", webhookUrl: `${webhook.url}/hook?a=b`, bearer: "canary-of-the-contract", frontUrl: `${webhook.url}/front` };
}
