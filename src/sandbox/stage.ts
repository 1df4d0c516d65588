/** Sets the sandbox's stage: a homeserver with a room and its people, the clusters, an Alertmanager, and a configuration that fits them. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { alertDesk, type AlertDesk } from "./alert-desk.ts";
import { startEmbeddedAlertmanager } from "./alertmanager/alertmanager.ts";
import { chatClient, roomPath, type ChatClient } from "./client.ts";
import { startEmbeddedCluster } from "./cluster/cluster.ts";
import { generatedFleet, type FleetSize } from "./cluster/generated.ts";
import { homelabFleet } from "./cluster/homelab.ts";
import { askPostgres } from "./cluster/exec/postgres-server.ts";
import { psqlWith } from "./cluster/exec/psql.ts";
import { planFleet } from "./cluster/plan.ts";
import { drillNamespace, newFleet } from "./cluster/shared-database.ts";
import { sandboxDatabase } from "./database.ts";
import { answerFederation } from "./federation.ts";
import { startHomeserver, type EmbeddedHomeserver } from "./homeserver/homeserver.ts";
import { cast, type Cast, type Speaker } from "./terminal/cast.ts";

export interface Stage extends AsyncDisposable {
  readonly room: string;
  readonly botUserId: string;
  readonly cast: Cast;
  readonly alerts: AlertDesk;
  /** Where Opsroom takes alerts: until this is said they wait in the Alertmanager. */
  readonly sendAlertsTo: (port: number) => void;
  /** What an operator would write into opsroom.yaml. */
  readonly config: unknown;
  /** Resolves when Opsroom is in the room and has nothing left to do. */
  readonly botIsThere: (signal: AbortSignal, idle: () => Promise<boolean>) => Promise<void>;
}

/** Who is in the room, by role; the first is who types when nobody is named. */
const people = { nadia: "admin", oleg: "operator", eye: "viewer" } as const;
const bot = "opsroom";
/** Quick, so that what is typed is seen; an alert that was fired goes on until it is resolved. */
const alertTiming = { groupWaitMs: 300, groupIntervalMs: 2000, repeatIntervalMs: 4 * 3_600_000, resolveTimeoutMs: 365 * 86_400_000 };
const kept = z.object({ room: z.string() });
const members = z.object({ joined: z.record(z.string(), z.unknown()) });

/** @param size of the cluster; by default the crowded one of three nodes, a small one, and the new one with its databases */
export async function openStage(folder: string, size: FleetSize | undefined): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const homeserver = stack.use(await startHomeserver({ serverName: "sandbox.test", dataFile: join(folder, "homeserver.jsonl") }));
  const account = homeserver.createUser(bot, { displayName: "Opsroom" });
  const tokenFile = join(folder, "access-token");
  await writeFile(tokenFile, account.accessToken, { mode: 0o600 });
  const webhookFile = join(folder, "webhook-token");
  const webhookToken = randomBytes(24).toString("base64url");
  await writeFile(webhookFile, webhookToken, { mode: 0o600 });
  // Nothing listens on port 9; what is not answered is sent again.
  let alertsPort = 9;
  const alertmanager = stack.use(
    await startEmbeddedAlertmanager({
      receiver: {
        name: "opsroom",
        webhook: { url: () => `http://127.0.0.1:${alertsPort}/alertmanager/opsroom`, authorization: `Bearer ${webhookToken}` },
        maxAlerts: 0,
      },
      ...alertTiming,
    }),
  );
  const speaker = (name: string): Speaker => ({ name, isOperator: true, client: clientFor(homeserver, name, name) });
  const nadia = speaker("nadia");
  const others = [speaker("oleg"), speaker("eye")];
  const room = await roomOf(folder, nadia.client, [account.userId, ...others.map((each) => each.client.userId)]);
  for (const { client } of others) await client.join(room);
  const fleets = size === undefined ? [planFleet, homelabFleet, newFleet] : [generatedFleet(size)];
  const clusters = await Promise.all(fleets.map(async (fleet) => stack.use(await startEmbeddedCluster({ fleet, folder }))));
  const database = stack.use(sandboxDatabase(folder));
  for (const { world } of clusters) if (world.cnpg !== undefined) world.onExec(psqlWith(askPostgres(database.clientFor)));
  const [chart, ess] = await Promise.all(["1.150.0", "1.154.0"].map(async (version) => stack.use(await answerFederation(version))));
  const releases = stack.move();
  return {
    room,
    botUserId: account.userId,
    alerts: alertDesk(alertmanager),
    sendAlertsTo: (port) => {
      alertsPort = port;
    },
    cast: cast({
      room,
      operators: [nadia, ...others],
      taken: [bot],
      newPerson: async (localpart, displayName) => clientFor(homeserver, localpart, displayName),
    }),
    config: {
      matrix: { homeserver: homeserver.baseUrl, accessToken: { file: tokenFile } },
      rooms: [{ name: "ops", room, operators: Object.fromEntries(Object.entries(people).map(([name, role]) => [`@${name}:${homeserver.serverName}`, role])) }],
      timeZone: "Europe/Moscow",
      store: { sqlite: { file: join(folder, "opsroom.db") } },
      clusters: clusters.map(({ name, kubeconfig }) => ({ name, kubeconfig: { file: kubeconfig, context: name } })),
      homeservers: [
        ...["t0rt1k", "roglog", "uretra"].map((name) => ({
          name,
          serverName: `${name}.${name === "t0rt1k" ? "tech" : "space"}`,
          cluster: "prod",
          namespace: `matrix-${name}`,
          shape: "matrix-chart",
          address: chart?.address,
        })),
        ...(size === undefined
          ? [{ name: "mrt0rtikize", serverName: "mrt0rtikize.ru", cluster: "homelab", namespace: "matrix-mrt0rtikize", shape: "ess", address: ess?.address }]
          : []),
      ],
      alerts: {
        listen: { host: "127.0.0.1", port: 0 },
        sources: [{ name: "prod", bearer: { file: webhookFile }, alertmanager: { url: alertmanager.baseUrl } }],
        defaultRoom: "ops",
        pings: [
          {
            severities: ["critical"],
            mention: [nadia.client.userId],
            escalate: { after: "15m", mention: others.slice(0, 1).map((each) => each.client.userId) },
          },
        ],
      },
      ...(size === undefined ? { backups: { clusters: ["new"], drill: { namespace: drillNamespace, deadline: "10m" } } } : {}),
      admin: { host: "127.0.0.1", port: 0 },
    },
    botIsThere: async (signal, idle) => {
      while (!signal.aborted) {
        const { joined } = members.parse(await nadia.client.request("GET", `${roomPath(room)}/joined_members`));
        if (Object.hasOwn(joined, account.userId) && (await idle())) return;
        await new Promise((done) => setImmediate(done));
      }
      throw signal.reason instanceof Error ? signal.reason : new Error("stopped before Opsroom was in the room");
    },
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

function clientFor(homeserver: EmbeddedHomeserver, localpart: string, displayName: string): ChatClient {
  const { userId, accessToken } = homeserver.createUser(localpart, { displayName });
  // Whoever types here shall not wait for tokens; Opsroom has Synapse's limit, as it would anywhere.
  homeserver.setRateLimit(userId, "none");
  return chatClient({ baseUrl: homeserver.baseUrl, userId, accessToken });
}

/** The room of the last run with this folder, or a new one. */
async function roomOf(folder: string, owner: ChatClient, invited: readonly string[]): Promise<string> {
  const file = join(folder, "sandbox.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) return kept.parse(JSON.parse(text)).room;
  const room = await owner.createRoom({ preset: "private_chat", name: "Ops", invite: invited });
  await writeFile(file, JSON.stringify({ room }));
  return room;
}
