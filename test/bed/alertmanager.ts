/** A real Alertmanager on loopback, as Debian has it: alone, or one of several that tell each other what they did. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bedDir, built, makeRunDir, removeRunDir } from "./paths.ts";
import { freePorts, startProcess, waitFor, type OwnedProcess } from "./process.ts";

export interface WebhookTarget {
  readonly url: string;
  readonly basic?: { readonly user: string; readonly password: string };
  readonly bearer?: string;
}

/** Times as Alertmanager writes them: `1s`, `5m`. */
export interface AlertmanagerOptions {
  readonly webhook: WebhookTarget;
  /** Name of the receiver; `opsroom` by default. */
  readonly receiver?: string;
  /** `alertname` by default. */
  readonly groupBy?: readonly string[];
  /** 1 s by default. */
  readonly groupWait?: string;
  /** 2 s by default. */
  readonly groupInterval?: string;
  /** 1 h by default. */
  readonly repeatInterval?: string;
  readonly maxAlerts?: number;
  /** More of a `route`, and more receivers, as they stand in its configuration. */
  readonly routes?: readonly object[];
  readonly receivers?: readonly object[];
  readonly inhibitRules?: readonly object[];
  readonly port?: number;
  /** Cluster addresses of those that run already. */
  readonly peers?: readonly string[];
  /** How long the second of a cluster waits for the first to tell (the third twice as long); 15 s by default, as Alertmanager's own. */
  readonly peerTimeout?: string;
  /** Holds configuration, data and log, kept at the end; a folder of its own that goes at the end unless given. */
  readonly dir?: string;
}

export interface Alertmanager extends AsyncDisposable {
  readonly baseUrl: string;
  /** `127.0.0.1:PORT`, for `peers`. */
  readonly clusterAddress: string;
  readonly logFile: string;
  /** Starts again on the same ports with the same data. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends it as a power cut would: what it had not written to its data folder is lost. */
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** Starts Alertmanager and resolves when it is ready. @throws with the tail of its log when it does not start */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const program = built("prometheus", "bin", "prometheus-alertmanager");
  const share = built("prometheus", "share");
  const dir = options.dir ?? makeRunDir("alertmanager");
  mkdirSync(dir, { recursive: true });
  const free = await freePorts("http", "cluster");
  const port = options.port ?? free("http");
  const baseUrl = `http://127.0.0.1:${port}`;
  const clusterAddress = `127.0.0.1:${free("cluster")}`;
  const configFile = join(dir, "alertmanager.json");
  const logFile = join(dir, "alertmanager.log");
  writeFileSync(configFile, JSON.stringify(configuration(options), undefined, 2), { mode: 0o600 });
  const command = [
    program,
    `--config.file=${configFile}`,
    `--storage.path=${join(dir, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.external-url=${baseUrl}`,
    `--cluster.listen-address=${clusterAddress}`,
    `--cluster.advertise-address=${clusterAddress}`,
    // Nobody is waited for: a cluster of two on one machine has settled at once.
    "--cluster.settle-timeout=0s",
    "--cluster.gossip-interval=50ms",
    "--cluster.reconnect-interval=1s",
    `--cluster.peer-timeout=${options.peerTimeout ?? "15s"}`,
    ...(options.peers ?? []).map((peer) => `--cluster.peer=${peer}`),
    "--log.level=debug",
  ];

  let server: OwnedProcess | undefined;
  const start = async (): Promise<void> => {
    if (server?.running()) return;
    const started = startProcess({ name: "alertmanager", command: ["unshare", "--mount", join(bedDir, "alertmanager.sh"), share, ...command], logFile });
    server = started;
    await waitFor("Alertmanager is ready", 20_000, [started], async () => {
      const response = await fetch(`${baseUrl}/-/ready`, { signal: AbortSignal.timeout(2000) });
      return response.ok || undefined;
    }).catch(async (error: unknown) => {
      await started.stop("SIGKILL");
      throw error;
    });
  };
  const stop = async (): Promise<void> => server?.stop();
  const dispose = async (): Promise<void> => {
    await stop();
    if (options.dir === undefined) removeRunDir(dir);
  };
  await start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    baseUrl,
    clusterAddress,
    logFile,
    start,
    stop,
    kill: async () => server?.stop("SIGKILL"),
    restart: async () => {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Two that know each other, with the same webhook. Whoever fires tells both, as Prometheus does. */
export async function startAlertmanagerPair(options: Omit<AlertmanagerOptions, "dir" | "peers" | "port">): Promise<readonly [Alertmanager, Alertmanager]> {
  const first = await startAlertmanager(options);
  try {
    const second = await startAlertmanager({ ...options, peers: [first.clusterAddress] });
    return [first, second];
  } catch (error) {
    await first[Symbol.asyncDispose]();
    throw error;
  }
}

function configuration(options: AlertmanagerOptions): object {
  const { webhook, receiver = "opsroom", groupBy = ["alertname"], groupWait = "1s", groupInterval = "2s", repeatInterval = "1h" } = options;
  const { url, basic, bearer } = webhook;
  const http_config = {
    ...(basic === undefined ? {} : { basic_auth: { username: basic.user, password: basic.password } }),
    ...(bearer === undefined ? {} : { authorization: { type: "Bearer", credentials: bearer } }),
  };
  const webhook_configs = [{ url, send_resolved: true, max_alerts: options.maxAlerts ?? 0, http_config }];
  return {
    route: {
      receiver,
      group_by: groupBy,
      group_wait: groupWait,
      group_interval: groupInterval,
      repeat_interval: repeatInterval,
      routes: options.routes ?? [],
    },
    receivers: [{ name: receiver, webhook_configs }, ...(options.receivers ?? [])],
    inhibit_rules: options.inhibitRules ?? [],
  };
}
