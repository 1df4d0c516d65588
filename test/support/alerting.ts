/** An Alertmanager for a scenario, embedded or Debian's, and a hand that makes alerts begin and end in it. */
import { startAlertmanager, startAlertmanagerPair, type Alertmanager } from "../bed/alertmanager.ts";
import { startEmbeddedAlertmanager, type EmbeddedAlertmanager } from "../../src/sandbox/alertmanager/alertmanager.ts";
import { alertmanagerClient, type AlertmanagerClient } from "./alertmanager-client.ts";

type Labels = Readonly<Record<string, string>>;

export interface AlertHand {
  /** Begins, or goes on with other annotations; `severity` is `warning` unless the labels say otherwise. It ends by itself after five minutes. */
  readonly fire: (name: string, labels?: Labels, annotations?: Labels) => Promise<void>;
  readonly resolve: (name: string, labels?: Labels) => Promise<void>;
}

/** Tells each of these Alertmanagers, as Prometheus does. */
export function alertHand(...baseUrls: readonly string[]): AlertHand {
  const clients = baseUrls.map(alertmanagerClient);
  const named = (name: string, labels: Labels): Labels => ({ alertname: name, severity: "warning", ...labels });
  const all = async (tell: (client: AlertmanagerClient) => Promise<void>): Promise<void> => void (await Promise.all(clients.map(tell)));
  return {
    fire: async (name, labels = {}, annotations = {}) => all((client) => client.fire({ labels: named(name, labels), annotations })),
    resolve: async (name, labels = {}) => all((client) => client.resolve(named(name, labels))),
  };
}

export interface AlertingOptions {
  /** Opsroom's webhook: `http://127.0.0.1:PORT/alertmanager/RECEIVER`. */
  readonly webhookUrl: string;
  readonly bearer: string;
  /** Whole seconds; 2 by default. */
  readonly groupIntervalSeconds?: number;
  /** Whole seconds; an hour by default. */
  readonly repeatIntervalSeconds?: number;
}

export interface AlertingBed extends AlertHand, AsyncDisposable {
  /** The first of them, for Opsroom's configuration. */
  readonly baseUrl: string;
  readonly clients: readonly AlertmanagerClient[];
  /** The first one's API goes away: closed where it is embedded, killed where it is real. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}

/** @param peers 2: both are told everything, and tell the same webhook */
export async function openAlerting(kind: "embedded" | "real", options: AlertingOptions, peers: 1 | 2 = 1): Promise<AlertingBed> {
  await using stack = new AsyncDisposableStack();
  const opened = kind === "embedded" ? await openEmbedded(options, peers) : await openReal(options, peers);
  for (const each of opened) stack.use(each);
  const [first] = opened;
  if (first === undefined) throw new Error("no Alertmanager");
  const urls = opened.map((each) => each.baseUrl);
  const releases = stack.move();
  return {
    ...alertHand(...urls),
    baseUrl: first.baseUrl,
    clients: urls.map(alertmanagerClient),
    down: async () => ("kill" in first ? first.kill() : first.down()),
    up: async () => ("kill" in first ? first.start() : first.up()),
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

async function openEmbedded(options: AlertingOptions, peers: number): Promise<readonly EmbeddedAlertmanager[]> {
  const { webhookUrl, bearer, groupIntervalSeconds = 2, repeatIntervalSeconds = 3600 } = options;
  const start = async (): Promise<EmbeddedAlertmanager> =>
    startEmbeddedAlertmanager({
      receiver: { name: "ops", webhook: { url: () => webhookUrl, authorization: `Bearer ${bearer}` }, maxAlerts: 0 },
      groupWaitMs: 200,
      groupIntervalMs: groupIntervalSeconds * 1000,
      repeatIntervalMs: repeatIntervalSeconds * 1000,
    });
  return Promise.all(Array.from({ length: peers }, start));
}

async function openReal(options: AlertingOptions, peers: number): Promise<readonly Alertmanager[]> {
  const { webhookUrl, bearer, groupIntervalSeconds = 2, repeatIntervalSeconds = 3600 } = options;
  const real = {
    webhook: { url: webhookUrl, bearer },
    receiver: "ops",
    groupInterval: `${groupIntervalSeconds}s`,
    repeatInterval: `${repeatIntervalSeconds}s`,
    peerTimeout: "1s",
  };
  return peers === 1 ? [await startAlertmanager(real)] : startAlertmanagerPair(real);
}
