/**
 * What Opsroom relies on in an Alertmanager: what it tells a webhook, when, how often, and what its API takes and answers. The same
 * assertions run on the embedded one and on Debian's, so that the embedded one cannot drift away from what it stands for.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { alertmanagerClient } from "../support/alertmanager-client.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { setupFor, type Contract, type ContractAlertmanager, type ContractSetup, type ContractWorld } from "./alertmanager-bed.ts";
import { alertmanagerApiContract } from "./alertmanager-contract-api.ts";
import { alertmanagerClientContract } from "./alertmanager-contract-client.ts";
import { alertmanagerNotificationContract } from "./alertmanager-contract-notifications.ts";
import { alertmanagerRetryContract } from "./alertmanager-contract-retries.ts";
import { alertmanagerSilenceContract } from "./alertmanager-contract-silences.ts";

export function alertmanagerContract(name: string, world: ContractWorld): void {
  describe(`Alertmanager (${name})`, () => {
    let found: { readonly am: ContractAlertmanager; readonly webhook: WebhookReceiver } | undefined;
    const opened = (): NonNullable<typeof found> => {
      if (found === undefined) throw new Error("not open yet");
      return found;
    };
    const setup = (): ContractSetup => setupFor(opened().webhook);
    beforeAll(async () => {
      const webhook = await startWebhookReceiver();
      found = { webhook, am: await world.open(setupFor(webhook)) };
    });
    afterAll(async () => {
      await found?.am[Symbol.asyncDispose]();
      await found?.webhook[Symbol.asyncDispose]();
    });
    const contract: Contract = {
      world,
      setup,
      baseUrl: () => opened().am.baseUrl,
      am: () => alertmanagerClient(opened().am.baseUrl),
      webhook: () => opened().webhook,
    };
    alertmanagerNotificationContract(contract);
    alertmanagerRetryContract(contract);
    alertmanagerSilenceContract(contract);
    alertmanagerApiContract(contract);
    alertmanagerClientContract(contract);
  });
}
