import { parseMatchers } from "../../src/alerts/matcher.ts";
import { startEmbeddedAlertmanager, type EmbeddedAlertmanager } from "../../src/sandbox/alertmanager/alertmanager.ts";
import type { ContractSetup } from "./alertmanager-bed.ts";
import { alertmanagerContract } from "./alertmanager-contract.ts";

const groupIntervalMs = 1000;

async function open({ receiver, webhookUrl, bearer, frontUrl }: ContractSetup): Promise<EmbeddedAlertmanager> {
  const front = parseMatchers('tier="front"');
  if (!front.ok) throw new Error(front.mistake);
  return startEmbeddedAlertmanager({
    receiver: { name: receiver, webhook: { url: () => webhookUrl, authorization: `Bearer ${bearer}` }, maxAlerts: 0 },
    routes: [{ matchers: front.matchers, receiver: { name: "front", webhook: { url: () => frontUrl, authorization: undefined }, maxAlerts: 2 } }],
    groupWaitMs: 100,
    groupIntervalMs,
    repeatIntervalMs: groupIntervalMs * 1.8,
  });
}

alertmanagerContract("embedded", { groupIntervalMs, open, openPair: async (setup) => Promise.all([open(setup), open(setup)]) });
