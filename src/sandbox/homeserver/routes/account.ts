/** Logging in and out, and what belongs to one's account. */
import * as z from "zod";
import { passwordMatches } from "../accounts.ts";
import { newDevice, removeDevices } from "../devices.ts";
import { clientRoute, type Call, type Site } from "../endpoint.ts";
import { stateSlot, type Json } from "../event.ts";
import { checkFilter } from "../filter.ts";
import { badRequest, forbidden, MatrixError, notFound } from "../matrix-error.ts";
import { showNewName } from "../membership.ts";

const login = z.object({
  type: z.literal("m.login.password"),
  identifier: z.object({ type: z.literal("m.id.user"), user: z.string() }).optional(),
  user: z.string().optional(),
  password: z.string(),
  device_id: z.string().min(1).max(255).optional(),
  initial_device_display_name: z.string().max(100).optional(),
});

export function accountRoutes(site: Site): void {
  const { core } = site;
  clientRoute(site, "GET", "/login", () => ({ flows: [{ type: "m.login.password" }] }));
  clientRoute(site, "POST", "/login", (call) => {
    const wish = login.safeParse(call.json());
    if (!wish.success) throw badRequest("Invalid login submission", "M_INVALID_PARAM");
    const name = wish.data.identifier?.user ?? wish.data.user ?? "";
    const userId = name.startsWith("@") ? name : `@${name}:${core.serverName}`;
    if (!passwordMatches(wish.data.password, core.state.accounts.account(userId)?.passwordHash)) throw forbidden("Invalid username or password");
    const device = newDevice(core, userId, wish.data.device_id, wish.data.initial_device_display_name);
    return { user_id: userId, access_token: device.token, home_server: core.serverName, device_id: device.deviceId };
  });
  clientRoute(site, "POST", "/logout", (call) => {
    const { userId, deviceId } = call.caller();
    removeDevices(core, userId, [deviceId]);
    return {};
  });
  clientRoute(site, "POST", "/logout/all", (call) => {
    const { userId } = call.caller();
    const all = core.state.accounts.devicesOf(userId).map((each) => each.deviceId);
    removeDevices(core, userId, all);
    return {};
  });
  clientRoute(site, "GET", "/account/whoami", (call) => {
    const caller = call.caller();
    return { user_id: caller.userId, is_guest: false, device_id: caller.deviceId };
  });
  profileRoutes(site);
  ownDataRoutes(site);
}

function profileRoutes(site: Site): void {
  const { core } = site;
  const profile = (call: Call): Json => {
    const account = core.state.accounts.account(call.param("user"));
    if (account === undefined) throw notFound("Profile was not found");
    return account.displayName === undefined ? {} : { displayname: account.displayName };
  };
  clientRoute(site, "GET", "/profile/:user", profile);
  clientRoute(site, "GET", "/profile/:user/displayname", profile);
  clientRoute(site, "PUT", "/profile/:user/displayname", (call) => {
    const caller = call.caller();
    if (call.param("user") !== caller.userId) throw badRequest("Cannot set another user's displayname", "M_FORBIDDEN");
    const { displayname } = call.parsed(z.object({ displayname: z.string().max(256) }));
    const account = core.state.accounts.account(caller.userId);
    if (account === undefined) throw notFound("Profile was not found");
    core.state.commit({ ...account, kind: "user", displayName: displayname });
    showNewName(core, caller);
    return {};
  });
}

function ownDataRoutes(site: Site): void {
  const { core } = site;
  const own = (call: Call): string => {
    const { userId } = call.caller();
    if (call.param("user") !== userId) throw forbidden("Cannot get or set what belongs to another user");
    return userId;
  };
  clientRoute(site, "POST", "/user/:user/filter", (call) => {
    const userId = own(call);
    const id = core.newId(8);
    core.state.commit({ kind: "filter", userId, id, filter: checkFilter(call.json()) });
    return { filter_id: id };
  });
  clientRoute(site, "GET", "/user/:user/filter/:id", (call) => {
    const filter = core.state.filters.get(stateSlot(own(call), call.param("id")));
    if (filter === undefined) throw new MatrixError(404, "M_NOT_FOUND", "No row found");
    return filter;
  });
  for (const path of ["/user/:user/account_data/:type", "/user/:user/rooms/:room/account_data/:type"]) {
    const ofRoom = (call: Call): string | undefined => (path.includes(":room") ? call.param("room") : undefined);
    clientRoute(site, "PUT", path, (call) => {
      const userId = own(call);
      const elsewhere = ["m.fully_read", "m.push_rules"].includes(call.param("type"));
      if (elsewhere) throw new MatrixError(405, "M_BAD_JSON", `Cannot set ${call.param("type")} through this API.`);
      const content = call.json();
      core.state.commit({ kind: "account-data", userId, roomId: ofRoom(call), type: call.param("type"), content, position: core.state.nextPosition() });
      return {};
    });
    clientRoute(site, "GET", path, (call) => {
      const found = core.state.accountData.get([own(call), ofRoom(call) ?? "", call.param("type")].join("\u0000"));
      if (found === undefined) throw notFound("Account data not found");
      return found.content;
    });
  }
  clientRoute(site, "PUT", "/presence/:user/status", (call) => {
    own(call);
    return {};
  });
}
