import { startAlertmanager, startAlertmanagerPair, type AlertmanagerOptions } from "../bed/alertmanager.ts";
import type { ContractSetup } from "./alertmanager-bed.ts";
import { alertmanagerContract } from "./alertmanager-contract.ts";

const groupIntervalMs = 2000;

function options({ receiver, webhookUrl, bearer, frontUrl }: ContractSetup): AlertmanagerOptions {
  return {
    webhook: { url: webhookUrl, bearer },
    receiver,
    routes: [{ receiver: "front", matchers: ['tier="front"'] }],
    receivers: [{ name: "front", webhook_configs: [{ url: frontUrl, max_alerts: 2 }] }],
    groupWait: "1s",
    groupInterval: `${groupIntervalMs}ms`,
    repeatInterval: `${groupIntervalMs * 1.8}ms`,
    // The second peer looks what the first has told, and does not wait.
    peerTimeout: "1ms",
  };
}

alertmanagerContract("Debian's", {
  groupIntervalMs,
  open: async (setup) => startAlertmanager(options(setup)),
  openPair: async (setup) => startAlertmanagerPair(options(setup)),
});
