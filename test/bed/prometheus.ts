/** A real Prometheus on loopback, as Debian has it: it scrapes figures that a test sets, and real rules make alerts of them. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { built, makeRunDir, removeRunDir } from "./paths.ts";
import { freePorts, startProcess, waitFor, type OwnedProcess } from "./process.ts";

type Labels = Readonly<Record<string, string>>;

/** An alerting rule, as it stands in a rules file. */
export interface AlertRule {
  readonly alert: string;
  /** May read `bed_figure{name="…"}`, which {@link Prometheus.set} sets, beside everything else. */
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

export interface PrometheusOptions {
  /** Addresses of Alertmanagers; all are told everything. */
  readonly alertmanagers: readonly string[];
  /** {@link figureRule}s and {@link watchdogRule} are ready-made. */
  readonly rules: readonly AlertRule[];
  /** Labels that tell this Prometheus from others. */
  readonly externalLabels?: Labels;
  readonly port?: number;
  /** Holds configuration, data and log, kept at the end; a folder of its own that goes at the end unless given. */
  readonly dir?: string;
}

export interface Prometheus extends AsyncDisposable {
  readonly baseUrl: string;
  readonly logFile: string;
  /** From the next scrape on, a second at most, `bed_figure{name="NAME", …labels}` has this value; `undefined`: there is no such series. */
  readonly set: (name: string, value: number | undefined, labels?: Labels) => void;
  /** Names of the alerts that its rules make fire now. */
  readonly firing: () => Promise<readonly string[]>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** Fires for each series of `bed_figure{name="ALERT"}` above 0. */
export function figureRule(alert: string, severity: string, annotations: Labels = {}): AlertRule {
  return {
    alert,
    expr: `bed_figure{name="${alert}"} > 0`,
    for: "0s",
    labels: { severity },
    annotations: { summary: `${alert} at {{ $value }}`, runbook_url: `https://runbooks.example/${alert}`, ...annotations },
  };
}

/** Fires always. */
export const watchdogRule: AlertRule = {
  alert: "Watchdog",
  expr: "vector(1)",
  labels: { severity: "none" },
  annotations: { summary: "Fires always, so that its absence can be noticed" },
};

/** Starts Prometheus with a scrape and an evaluation each second; resolves when it has scraped. @throws with the tail of its log */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const program = built("prometheus", "bin", "prometheus");
  const dir = options.dir ?? makeRunDir("prometheus");
  mkdirSync(dir, { recursive: true });
  const figures = await serveFigures();
  const port = options.port ?? (await freePorts("http"))("http");
  const baseUrl = `http://127.0.0.1:${port}`;
  const logFile = join(dir, "prometheus.log");
  const rulesFile = join(dir, "rules.json");
  const configFile = join(dir, "prometheus.json");
  writeFileSync(rulesFile, JSON.stringify({ groups: [{ name: "bed", interval: "1s", rules: options.rules }] }, undefined, 2));
  writeFileSync(configFile, JSON.stringify(configuration(options, rulesFile, figures.address), undefined, 2));
  const command = [
    program,
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(dir, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.external-url=${baseUrl}`,
    // What still fires is told again this often; by default only each minute.
    "--rules.alert.resend-delay=1s",
    "--rules.alert.for-grace-period=0s",
    "--log.level=warn",
  ] as const;

  let server: OwnedProcess | undefined;
  const start = async (): Promise<void> => {
    if (server?.running()) return;
    const scraped = figures.scrapes() + 1;
    const started = startProcess({ name: "prometheus", command, logFile });
    server = started;
    await waitFor("Prometheus scrapes", 30_000, [started], async () => figures.scrapes() >= scraped || undefined).catch(async (error: unknown) => {
      await started.stop("SIGKILL");
      throw error;
    });
  };
  const stop = async (): Promise<void> => server?.stop();
  const dispose = async (): Promise<void> => {
    await stop();
    await figures.close();
    if (options.dir === undefined) removeRunDir(dir);
  };
  await start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    baseUrl,
    logFile,
    set: figures.set,
    firing: async () => {
      const response = await fetch(`${baseUrl}/api/v1/query?query=${encodeURIComponent('ALERTS{alertstate="firing"}')}`, { signal: AbortSignal.timeout(5000) });
      return [...(await response.text()).matchAll(/"alertname":"([^"]+)"/gu)].map(([, name = ""]) => name);
    },
    start,
    stop,
    kill: async () => server?.stop("SIGKILL"),
    [Symbol.asyncDispose]: dispose,
  };
}

function configuration({ alertmanagers, externalLabels = {} }: PrometheusOptions, rulesFile: string, figures: string): object {
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s", external_labels: externalLabels },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ api_version: "v2", static_configs: [{ targets: alertmanagers.map((url) => new URL(url).host) }] }] },
    scrape_configs: [{ job_name: "bed", honor_labels: true, static_configs: [{ targets: [figures] }] }],
  };
}

interface Figures {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly set: Prometheus["set"];
  readonly scrapes: () => number;
  readonly close: () => Promise<void>;
}

async function serveFigures(): Promise<Figures> {
  const series = new Map<string, number>();
  let scrapes = 0;
  const server: Server = createServer((_request, response) => {
    scrapes += 1;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(["# TYPE bed_figure gauge", ...[...series].map(([name, value]) => `${name} ${value}`), ""].join("\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the figures have no port");
  return {
    address: `127.0.0.1:${address.port}`,
    scrapes: () => scrapes,
    set: (name, value, labels = {}) => {
      const inside = Object.entries({ name, ...labels }).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      const key = `bed_figure{${inside.join(",")}}`;
      if (value === undefined) series.delete(key);
      else series.set(key, value);
    },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
