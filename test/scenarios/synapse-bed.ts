/** A real Synapse. The cluster is the embedded one: for what has no part of it, and goes on beside what has. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openHomeserver } from "../bed/borrowed.ts";
import type { Bed } from "./bed.ts";
import { homeserverOf } from "./borrowed-homeserver.ts";
import { openEmbeddedBed } from "./embedded-bed.ts";

/** Opened before the first scenario of a file, gone after the last. */
export function synapseBed(scale: Bed["scale"]): () => Bed {
  const releases = new AsyncDisposableStack();
  let bed: Bed | undefined;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "opsroom-synapse-"));
    releases.defer(() => rm(folder, { recursive: true, force: true }));
    const synapse = releases.use(await openHomeserver({ dir: join(folder, "synapse"), rateLimits: "raised" }));
    const given = { homeserverUrl: synapse.baseUrl, serverName: synapse.serverName, homeserver: homeserverOf(synapse) };
    const opened = releases.use(await openEmbeddedBed({ ...given, newAccount: (localpart) => synapse.registerUser(localpart) }));
    bed = { ...opened, kind: "real", scale };
  });
  afterAll(() => releases.disposeAsync());
  return () => {
    if (bed === undefined) throw new Error("the bed is not open");
    return bed;
  };
}
