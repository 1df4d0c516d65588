/**
 * Somebody whose client encrypts: matrix-js-sdk, which Element is made of, told to have nothing to do with devices that their owners have not signed, as
 * Element does. What it cannot decrypt stays `m.room.encrypted` in its history.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ClientEvent, createClient, EventType, MsgType, RelationType, RoomEvent as RoomEvents, SyncState, MatrixEvent } from "matrix-js-sdk";
import {
  AllDevicesIsolationMode,
  OnlySignedDevicesIsolationMode,
  VerificationPhase,
  VerifierEvent,
  type CryptoApi,
} from "matrix-js-sdk/lib/crypto-api/index.js";
import type { RoomMessageEventContent } from "matrix-js-sdk/lib/@types/events.js";
import type { ShowSasCallbacks, VerificationRequest } from "matrix-js-sdk/lib/crypto-api/verification.js";
import { logger, type Logger } from "matrix-js-sdk/lib/logger.js";
import { person, type Account, type Person, type RoomEvent } from "./person.ts";

export interface JsPerson extends Person {
  readonly device: string;
  readonly createEncryptedRoom: (invite: readonly string[], settings?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly createClearRoom: (invite: readonly string[]) => Promise<string>;
  readonly switchEncryptionOn: (room: string) => Promise<void>;
  /** Changes a message that was said. */
  readonly edit: (room: string, event: string, body: string) => Promise<string>;
  /** Until `user` has a device that its owner has signed, as far as this client knows. */
  readonly readyFor: (user: string) => Promise<void>;
  /** What Element would show beside a message: 0 none, 1 grey, 2 red. `undefined` for what was not encrypted. */
  readonly shield: (room: string, event: string) => Promise<number | undefined>;
  /** Why events could not be decrypted. */
  readonly failures: (room: string) => readonly string[];
  /** The next messages get a new key. */
  readonly forgetRoomKey: (room: string) => Promise<void>;
  /** From now on what its client sends to other devices is kept back, keys above all; what it answers sends that after all. */
  readonly holdKeys: () => () => Promise<void>;
  /** Whether it can decrypt an event, fetched anew. */
  readonly canRead: (room: string, event: string) => Promise<boolean>;
  /** The public master key. */
  readonly identityOf: (user: string) => Promise<string>;
  readonly devicesOf: (user: string) => Promise<readonly string[]>;
  readonly isVerified: (user: string) => Promise<boolean>;
  /** Asks `user` to compare emojis; answers `done`, or why it ended. what the other side shows is compared by `same`. In a conversation of their own, as Element does. */
  readonly verify: (user: string, same: (emojis: readonly string[]) => Promise<boolean>) => Promise<string>;
  readonly crypto: CryptoApi;
  readonly stop: () => void;
}

export interface JsPersonOptions {
  /** `false`: a device that its owner has not signed. */
  readonly signed?: boolean;
}

const silent: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, getChild: () => silent };

// Its own loggers tell a lot; the type does not have this method.
if ("setLevel" in logger && typeof logger.setLevel === "function") logger.setLevel("silent", false);
Object.assign(logger, { getChild: () => silent });

export async function jsPerson(baseUrl: string, account: Account, { signed = true }: JsPersonOptions = {}): Promise<JsPerson> {
  const plain = person(baseUrl, account);
  const device = String((await plain.call("GET", "/_matrix/client/v3/account/whoami"))["device_id"]);
  let held: (() => Promise<unknown>)[] | undefined;
  const fetchFn: typeof fetch = async (address, options) => {
    if (held === undefined || !String(address instanceof Request ? address.url : address).includes("/sendToDevice/")) return fetch(address, options);
    held.push(() => fetch(address, { ...options, signal: null }));
    return Response.json({});
  };
  const client = createClient({ baseUrl, userId: account.userId, deviceId: device, accessToken: account.accessToken, logger: silent, fetchFn });
  await client.initRustCrypto({ useIndexedDB: false });
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error("matrix-js-sdk has no crypto");
  // Whoever has no identity cannot ask one of others.
  crypto.setDeviceIsolationMode(signed ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
  if (signed) await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null).then(() => undefined) });
  const said = new Map<string, MatrixEvent[]>();
  client.on(RoomEvents.Timeline, (event, room) => {
    if (room === undefined) return;
    const events = said.get(room.roomId) ?? [];
    if (!events.some((each) => each.getId() === event.getId())) events.push(event);
    said.set(room.roomId, events);
  });
  await client.startClient({ initialSyncLimit: 100 });
  await new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared || state === SyncState.Syncing) resolve();
    });
  });

  const seen = async (room: string): Promise<void> => until(() => client.getRoom(room)?.getMyMembership() === "join", "it joined");
  const encrypted = async (room: string): Promise<void> => until(async () => crypto.isEncryptionEnabledInRoom(room), "the room is encrypted");
  const send = async (room: string, content: RoomMessageEventContent): Promise<string> => {
    await seen(room);
    const answer = await client.sendEvent(room, null, EventType.RoomMessage, content);
    return answer.event_id;
  };
  const history = async (room: string): Promise<readonly RoomEvent[]> => (said.get(room) ?? []).map(shown);
  const create = async (invite: readonly string[], initial: readonly object[]): Promise<string> => {
    const room = String((await plain.call("POST", "/_matrix/client/v3/createRoom", { preset: "private_chat", invite, initial_state: initial }))["room_id"]);
    await seen(room);
    return room;
  };
  const createEncryptedRoom: JsPerson["createEncryptedRoom"] = async (invite, settings = {}) => {
    const room = await create(invite, [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2", ...settings } }]);
    await encrypted(room);
    return room;
  };

  return {
    ...plain,
    device,
    crypto,
    history,
    createRoom: (invite) => createEncryptedRoom(invite),
    createEncryptedRoom,
    createClearRoom: (invite) => create(invite, []),
    switchEncryptionOn: async (room) => {
      await plain.call("PUT", `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`, { algorithm: "m.megolm.v1.aes-sha2" });
      await encrypted(room);
    },
    join: async (room) => {
      await client.joinRoom(room);
      await seen(room);
    },
    say: (room, body) => send(room, { msgtype: MsgType.Text, body }),
    sayInThread: (room, root, body) =>
      send(room, {
        msgtype: MsgType.Text,
        body,
        "m.relates_to": { rel_type: RelationType.Thread, event_id: root },
      }),
    edit: (room, event, body) =>
      send(room, {
        msgtype: MsgType.Text,
        body: `* ${body}`,
        "m.new_content": { msgtype: MsgType.Text, body },
        "m.relates_to": { rel_type: RelationType.Replace, event_id: event },
      }),
    waitFor: async (room, enough, timeoutMs = 20_000) => {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const events = await history(room);
        if (enough(events)) return events;
        if (performance.now() > deadline)
          throw new Error(
            `not within ${timeoutMs} ms; ${account.userId} sees:\n${events
              .map((each) => `${each.sender} ${each.type} ${JSON.stringify(each.content).slice(0, 200)}`)
              .join("\n")
              .slice(-4000)}`,
          );
        await delay(50);
      }
    },
    readyFor: async (user) => {
      await until(async () => {
        const devices = (await crypto.getUserDeviceInfo([user], true)).get(user);
        for (const id of devices?.keys() ?? []) if ((await crypto.getDeviceVerificationStatus(user, id))?.signedByOwner === true) return true;
        return false;
      }, `${user} has a signed device`);
    },
    shield: async (room, event) => {
      const found = said.get(room)?.find((each) => each.getId() === event);
      const info = found === undefined ? null : await crypto.getEncryptionInfoForEvent(found);
      return info?.shieldColour;
    },
    failures: (room) =>
      (said.get(room) ?? []).flatMap((each) => (each.isDecryptionFailure() ? [`${each.getSender()} ${each.getId()}: ${each.decryptionFailureReason}`] : [])),
    forgetRoomKey: (room) => crypto.forceDiscardSession(room),
    holdKeys: () => {
      held = [];
      return async () => {
        const late = held ?? [];
        held = undefined;
        for (const send of late) await send();
      };
    },
    canRead: async (room, event) => {
      const fetched = new MatrixEvent(await client.fetchRoomEvent(room, event));
      await client.decryptEventIfNeeded(fetched);
      return !fetched.isDecryptionFailure();
    },
    identityOf: async (user) => {
      const answer = await plain.call("POST", "/_matrix/client/v3/keys/query", { device_keys: { [user]: [] } });
      return Object.keys(Object(Object(answer["master_keys"])[user]).keys ?? {}).join();
    },
    devicesOf: async (user) => [...((await crypto.getUserDeviceInfo([user], true)).get(user)?.keys() ?? [])],
    isVerified: async (user) => (await crypto.getUserVerificationStatus(user)).isVerified(),
    verify: async (user, same) => {
      const room = await createEncryptedRoom([user]);
      await until(() => client.getRoom(room)?.getMember(user)?.membership === "join", `${user} joined`);
      return await compare(await crypto.requestVerificationDM(user, room), same);
    },
    stop: () => client.stopClient(),
  };
}

async function compare(request: VerificationRequest, same: (emojis: readonly string[]) => Promise<boolean>): Promise<string> {
  const over = (): string | undefined =>
    request.phase === VerificationPhase.Done ? "done" : request.phase === VerificationPhase.Cancelled ? `${request.cancellationCode}` : undefined;
  await until(() => request.phase === VerificationPhase.Ready || over() !== undefined, "the request is answered");
  const ended = over();
  if (ended !== undefined) return ended;
  const verifier = await request.startVerification("m.sas.v1");
  const callbacks = new Promise<ShowSasCallbacks>((resolve) => verifier.on(VerifierEvent.ShowSas, resolve));
  const verified = verifier.verify().then(
    () => "done",
    () => `${request.cancellationCode}`,
  );
  const shownSas = await Promise.race([callbacks, verified, delay(30_000, `no emojis: phase ${request.phase}`, { ref: false })]);
  if (typeof shownSas === "string") return shownSas;
  if (await same((shownSas.sas.emoji ?? []).map(([emoji]) => emoji))) await shownSas.confirm();
  else shownSas.mismatch();
  return await Promise.race([verified, delay(60_000, `never ended: phase ${request.phase}`, { ref: false })]);
}

function shown(event: MatrixEvent): RoomEvent {
  const wire = event.getWireContent();
  const content = event.getOriginalContent();
  const related = content["m.relates_to"] ?? wire["m.relates_to"];
  return {
    event_id: event.getId() ?? "",
    sender: event.getSender() ?? "",
    type: event.isDecryptionFailure() ? "m.room.encrypted" : event.getType(),
    content: related === undefined ? content : { ...content, "m.relates_to": related },
    origin_server_ts: event.getTs(),
  };
}

async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}

function nothing(): void {
  // matrix-js-sdk tells a lot.
}
