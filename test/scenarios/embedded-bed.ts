/** The embedded world: fast, on any machine with Node. */
import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedCluster } from "../../src/sandbox/cluster/cluster.ts";
import { planFleet } from "../../src/sandbox/cluster/plan.ts";
import { answerFederation } from "../../src/sandbox/federation.ts";
import { startHomeserver, type EmbeddedHomeserver } from "../../src/sandbox/homeserver/homeserver.ts";
import { person } from "../support/person.ts";
import type { Bed } from "./bed.ts";

/** @param given a homeserver to be used in place of the embedded one */
export async function openEmbeddedBed(given?: Pick<Bed, "homeserverUrl" | "serverName" | "newAccount" | "homeserver">): Promise<Bed & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-embedded-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const homeserver = given ?? (await embeddedHomeserver(stack, folder));
  const cluster = stack.use(await startEmbeddedCluster({ fleet: planFleet, folder }));
  const federation = stack.use(await answerFederation("1.150.0"));
  const synapse = planFleet.pods.find((pod) => pod.namespace === "matrix-roglog" && pod.name.startsWith("chat-matrix"));
  if (synapse === undefined) throw new Error("the plan's fleet has no Synapse of roglog");
  const releases = stack.move();
  return {
    kind: "embedded",
    scale: { backlog: { messages: 400, commands: 20 }, kills: { times: 6, commands: 12 }, outageMs: 1500 },
    ...homeserver,
    folder,
    newPerson: async (localpart) => person(homeserver.homeserverUrl, await homeserver.newAccount(localpart)),
    cluster: {
      kubeconfig: cluster.kubeconfig,
      context: cluster.name,
      homeserver: { name: "roglog", serverName: "roglog.test", namespace: "matrix-roglog", shape: "matrix-chart", address: federation.address },
      node: "uzig",
      apiDown: cluster.down,
      apiUp: cluster.up,
      forbidPods: async () => cluster.faults.forbid("list", "", "pods"),
      allowPods: async () => cluster.faults.allow("list", "", "pods"),
      loseNode: async () => {
        cluster.world.setNode("efur", "unknown");
        return "efur";
      },
      findNode: async () => cluster.world.setNode("efur", "ready"),
      killByMemory: async () => cluster.world.oomKill(synapse.namespace, synapse.name),
    },
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

async function embeddedHomeserver(
  stack: AsyncDisposableStack,
  folder: string,
): Promise<Pick<Bed, "homeserverUrl" | "serverName" | "newAccount" | "homeserver">> {
  const dataFile = join(folder, "homeserver.jsonl");
  const start = async (port?: number): Promise<EmbeddedHomeserver> =>
    startHomeserver({ serverName: "opsroom.test", limits: "none", dataFile, ...(port === undefined ? {} : { port }) });
  let server = await start();
  stack.defer(() => server.close());
  const { baseUrl, serverName } = server;
  return {
    homeserverUrl: baseUrl,
    serverName,
    newAccount: async (localpart) => {
      const password = randomUUID();
      return { ...server.createUser(localpart, { password }), password };
    },
    homeserver: {
      down: () => server.down(),
      up: () => server.up(),
      keep: async () => {
        await copyFile(dataFile, `${dataFile}.kept`);
        return async () => {
          await server.close();
          await copyFile(`${dataFile}.kept`, dataFile);
          server = await start(Number(new URL(baseUrl).port));
        };
      },
    },
  };
}
