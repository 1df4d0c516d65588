/** An encrypted room with an operator whose client encrypts, and everything of the bot that acts. */
import { expect, onTestFinished } from "vitest";
import type { RoomId } from "../../src/ids.ts";
import { startHomeserver, type EmbeddedHomeserver } from "../../src/sandbox/homeserver/homeserver.ts";
import type { Store } from "../../src/store/store.ts";
import { startActing, type ActingBot, type BotOptions } from "./acting-bot.ts";
import { EncryptingPerson } from "./encrypting-person.ts";
import { tempFolder } from "./temp-folder.ts";
import { tempStore } from "./temp-store.ts";

export interface Stage {
  readonly homeserver: EmbeddedHomeserver;
  readonly nadia: EncryptingPerson;
  readonly room: RoomId;
  readonly me: string;
  readonly store: Store;
  readonly start: (options?: Partial<BotOptions> & { readonly ready?: boolean }) => Promise<ActingBot>;
  /** Nadia's client listens until she has heard so much of the bot. */
  readonly hears: (enough: (said: readonly string[]) => boolean) => Promise<void>;
}

export interface StageOptions {
  readonly encrypted?: boolean;
  /** Whether Nadia has signed her device. */
  readonly signed?: boolean;
  /** Of the room. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export async function stage({ encrypted = true, signed = true, config = {} }: StageOptions = {}): Promise<Stage> {
  const homeserver = await startHomeserver({ serverName: "example.org", limits: "none" });
  const bot = homeserver.createUser("opsroom");
  const nadia = await EncryptingPerson.start(homeserver.baseUrl, homeserver.createUser("nadia").accessToken, { signed });
  const room = await nadia.createRoom([bot.userId], encrypted);
  const store = await tempStore();
  const folder = tempFolder();
  const bots: ActingBot[] = [];
  onTestFinished(async () => {
    for (const each of bots) await each.stop();
    await homeserver.close();
  });
  return {
    homeserver,
    nadia,
    room,
    me: bot.userId,
    store,
    start: async (options) => {
      const rooms = [{ name: "ops", room, operators: { [nadia.user]: "admin" }, ...config }];
      const started = await startActing({ homeserver: homeserver.baseUrl, accessToken: bot.accessToken, store, folder, rooms, ...options });
      const stopped = { ...started, stop: async () => (bots.includes(stopped) ? (bots.splice(bots.indexOf(stopped), 1), await started.stop()) : undefined) };
      bots.push(stopped);
      await expect.poll(async () => (await nadia.api.members(room, new AbortController().signal)).joined.includes(started.acting.crypto.account)).toBe(true);
      if (encrypted && options?.ready !== false) await expect.poll(started.acting.crypto.isReady, { timeout: 10_000 }).toBe(true);
      return stopped;
    },
    hears: async (enough) => {
      await expect
        .poll(
          async () => {
            await nadia.sync(200);
            return enough(nadia.said(bot.userId)) ? true : nadia.said(bot.userId);
          },
          { timeout: 20_000 },
        )
        .toBe(true);
    },
  };
}
