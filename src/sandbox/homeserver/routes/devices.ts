/** The devices that a person is logged in with. */
import * as z from "zod";
import type { Device } from "../accounts.ts";
import { removeDevices } from "../devices.ts";
import { clientRoute, type Site } from "../endpoint.ts";
import type { Json } from "../event.ts";
import { askForPassword, type AuthSessions } from "../interactive-auth.ts";
import { devicesChanged } from "../keys/device-lists.ts";
import { notFound } from "../matrix-error.ts";
import { readModel } from "../model.ts";

const bulk = z.object({ devices: z.array(z.string()) });
const rename = z.object({ display_name: z.string().max(100).nullish() });

const shown = ({ userId, deviceId, displayName }: Device): Json => ({
  device_id: deviceId,
  display_name: displayName ?? null,
  last_seen_ip: null,
  last_seen_ts: null,
  user_id: userId,
});

export function deviceRoutes(site: Site, authSessions: AuthSessions): void {
  const { core } = site;
  const find = (userId: string, deviceId: string): Device => {
    const found = core.state.accounts.devicesOf(userId).find((each) => each.deviceId === deviceId);
    if (found === undefined) throw notFound("Not found");
    return found;
  };
  clientRoute(site, "GET", "/devices", (call) => ({ devices: core.state.accounts.devicesOf(call.caller().userId).map(shown) }));
  clientRoute(site, "GET", "/devices/:device", (call) => shown(find(call.caller().userId, call.param("device"))));
  clientRoute(site, "PUT", "/devices/:device", (call) => {
    const { userId, deviceId } = find(call.caller().userId, call.param("device"));
    const name = call.parsed(rename).display_name;
    if (typeof name === "string") core.state.commit({ kind: "device-name", userId, deviceId, displayName: name });
    devicesChanged(core, userId);
    return {};
  });
  clientRoute(site, "DELETE", "/devices/:device", (call) => {
    askForPassword(core, authSessions, call);
    removeDevices(core, call.caller().userId, [call.param("device")]);
    return {};
  });
  clientRoute(site, "POST", "/delete_devices", (call) => {
    const { userId } = call.caller();
    const { devices } = readModel(bulk, call.json());
    askForPassword(core, authSessions, call);
    removeDevices(core, userId, devices);
    return {};
  });
}
