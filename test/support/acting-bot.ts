/** Everything that acts, in this process, on a homeserver of the test's. */
import * as z from "zod";
import { bindCommand } from "../../src/chat/bound-command.ts";
import { defineCommand } from "../../src/chat/command.ts";
import { systemClock } from "../../src/clock.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { DeviceId, UserId } from "../../src/ids.ts";
import type { CryptoMachine } from "../../src/matrix/crypto/machine/machine.ts";
import { openCryptoMachine } from "../../src/matrix/crypto/machine/open.ts";
import { createMatrixApi } from "../../src/matrix/sdk-api.ts";
import { createLog, type Log } from "../../src/observe/log.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { prepareToAct, type Acting } from "../../src/process/act.ts";
import { defaultThresholds } from "../../src/status/thresholds.ts";
import type { Store } from "../../src/store/store.ts";

export interface ActingBot {
  readonly acting: Acting;
  readonly stop: () => Promise<void>;
}

export interface BotOptions {
  readonly homeserver: string;
  readonly accessToken: string;
  readonly store: Store;
  /** Of the keys; in memory when there is none. */
  readonly folder: string | undefined;
  readonly rooms: readonly Readonly<Record<string, unknown>>[];
  readonly accept?: string;
  readonly log?: Log;
  readonly openMachine?: (user: UserId, device: DeviceId) => Promise<CryptoMachine>;
}

const nobody = () => Promise.reject(new Error("there is no cluster here"));

const look = bindCommand(
  defineCommand({
    name: "look",
    summary: "Says that it was run.",
    examples: ["!look"],
    role: "viewer",
    positional: [],
    deadlineMs: 5000,
    args: z.object({}),
    run: async () => "looked",
    render: (answer) => ({ room: [{ text: answer }] }),
  }),
  {},
);

export async function startActing({
  homeserver,
  accessToken,
  store,
  folder,
  rooms,
  accept = "signed",
  log = createLog(process.env["OPSROOM_TEST_LOG"] ?? "silent"),
  openMachine,
}: BotOptions): Promise<ActingBot> {
  const { config } = parseConfig(
    "test.yaml",
    JSON.stringify({
      matrix: { homeserver, accessToken: { file: "/run/token" }, rateLimit: "none", encryption: { folder: folder ?? "/nowhere", accept } },
      rooms,
      store: { sqlite: { file: "/var/lib/opsroom/opsroom.db" } },
      clusters: [],
    }),
  );
  const stopping = new AbortController();
  const acting = await prepareToAct(
    {
      config: () => config,
      api: await createMatrixApi({ homeserver, accessToken }),
      store,
      clock: systemClock,
      random: Math.random,
      log,
      metrics: createMetrics(systemClock.now),
      commands: () => new Map([["look", look]]),
      keys: { folder, openMachine: openMachine ?? ((user, device) => openCryptoMachine({ user, device, folder, passphrase: undefined })) },
      recoveryKey: async () => undefined,
      onSynced: () => undefined,
      work: { clusters: () => new Map(), looks: { look: nobody, facts: nobody }, status: { gather: nobody, thresholds: defaultThresholds } },
      alerts: undefined,
    },
    stopping.signal,
  );
  const lost = new AbortController();
  const done = acting.run({ drain: stopping.signal, lost: lost.signal });
  return {
    acting,
    stop: async () => {
      stopping.abort();
      await done;
      await acting.crypto[Symbol.asyncDispose]();
    },
  };
}
