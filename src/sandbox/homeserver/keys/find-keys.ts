/** `/keys/query` and `/keys/claim`: reading what others have published. */
import type { Core } from "../core.ts";
import type { Json } from "../event.ts";
import type { Usage } from "./key-change.ts";

const serverOf = (userId: string): string => userId.slice(userId.indexOf(":") + 1);
const isUserId = (text: string): boolean => /^@[^:]*:.+$/u.test(text);
const unreachable = { status: 503, message: "Not ready for retry" };

/** Everything that `asker` may see of these people's keys; an empty list of devices means all. */
export function queryKeys(core: Core, asker: string, wanted: Readonly<Record<string, readonly string[]>>): Json {
  const users = Object.entries(wanted).filter(([user]) => isUserId(user));
  const here = users.filter(([user]) => serverOf(user) === core.serverName);
  const crossSigning = (usage: Usage, whose: readonly string[]): Json => {
    const found = whose.map((user) => [user, core.state.keys.crossSigning.keySeenBy(user, usage, asker)] as const);
    return Object.fromEntries(found.filter(([, key]) => key !== undefined));
  };
  const names = users.map(([user]) => user);
  return {
    device_keys: Object.fromEntries(here.map(([user, devices]) => [user, deviceKeys(core, user, devices)])),
    failures: Object.fromEntries(names.filter((user) => serverOf(user) !== core.serverName).map((user) => [serverOf(user), unreachable])),
    master_keys: crossSigning("master", names),
    self_signing_keys: crossSigning("self_signing", names),
    user_signing_keys: crossSigning(
      "user_signing",
      names.filter((user) => user === asker),
    ),
  };
}

/** By device id, with what the owner's own keys signed since. */
export function deviceKeys(core: Core, user: string, wanted: readonly string[]): Readonly<Record<string, Json>> {
  const devices = core.state.accounts.devicesOf(user).filter((each) => wanted.length === 0 || wanted.includes(each.deviceId));
  const found = devices.flatMap(({ deviceId, displayName }): readonly (readonly [string, Json])[] => {
    const keys = core.state.keys.devices.identity(user, deviceId);
    if (keys === undefined) return [];
    const unsigned = displayName === undefined ? {} : { device_display_name: displayName };
    return [[deviceId, { ...core.state.keys.crossSigning.withSignatures(keys, user, deviceId, user), unsigned }]];
  });
  return Object.fromEntries(found);
}

/** Takes one key a device away from it: a one-time key, else the fallback key, else none. */
export function claimKeys(core: Core, wanted: Readonly<Record<string, Readonly<Record<string, string>>>>): Json {
  const claimed: Record<string, Record<string, Json>> = {};
  for (const [userId, devices] of Object.entries(wanted)) {
    for (const [deviceId, algorithm] of Object.entries(devices)) {
      const found = claimOne(core, userId, deviceId, algorithm);
      if (found !== undefined) (claimed[userId] ??= {})[deviceId] = found;
    }
  }
  const away = Object.keys(wanted).filter((user) => serverOf(user) !== core.serverName);
  return { one_time_keys: claimed, failures: Object.fromEntries(away.map((user) => [serverOf(user), unreachable])) };
}

function claimOne(core: Core, userId: string, deviceId: string, algorithm: string): Json | undefined {
  const store = core.state.keys.devices;
  const oneTime = store.nextOneTimeKey(userId, deviceId, algorithm);
  if (oneTime !== undefined) {
    core.state.commitKeys({ kind: "one-time-key-claimed", userId, deviceId, id: oneTime.id });
    return { [oneTime.id]: oneTime.key };
  }
  const fallback = store.fallbackKey(userId, deviceId, algorithm);
  if (fallback === undefined) return undefined;
  if (!fallback.used) core.state.commitKeys({ kind: "fallback-key-used", userId, deviceId, algorithm });
  return { [fallback.id]: fallback.key };
}
