/** Encrypted rooms on a real Synapse. The cluster is the embedded one: it has no part in encryption. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { startSynapse } from "../bed/synapse.ts";
import type { Bed } from "./bed.ts";
import { openEmbeddedBed } from "./embedded-bed.ts";
import { encryptedScenarios } from "./encrypted.ts";

const releases = new AsyncDisposableStack();
let bed: Bed | undefined;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-synapse-"));
  releases.defer(() => rm(folder, { recursive: true, force: true }));
  const synapse = releases.use(await startSynapse({ dir: join(folder, "synapse"), rateLimits: "raised" }));
  const { baseUrl: homeserverUrl, serverName } = synapse;
  const homeserver = { down: synapse.stop, up: synapse.start, keep: synapse.keep };
  const opened = releases.use(await openEmbeddedBed({ homeserverUrl, serverName, homeserver, newAccount: (localpart) => synapse.registerUser(localpart) }));
  bed = { ...opened, scale: { backlog: { messages: 1000, commands: 20 }, kills: { times: 90, commands: 270 }, outageMs: 10_000 } };
});
afterAll(() => releases.disposeAsync());

encryptedScenarios(
  () => {
    if (bed === undefined) throw new Error("the bed is not open");
    return bed;
  },
  { endurance: true },
);
