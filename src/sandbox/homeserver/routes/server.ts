/** What the server says of itself, and the one thing of Synapse's admin API that a bot asks for. */
import * as z from "zod";
import { clientRoute, serve, type Call, type Site } from "../endpoint.ts";
import type { Json } from "../event.ts";
import { forbidden, notFound } from "../matrix-error.ts";
import { defaultRoomVersion, roomVersionIds } from "../room-version.ts";

const versions = ["r0.6.1", ...Array.from({ length: 15 }, (_, index) => `v1.${index + 1}`)];

export function serverRoutes(site: Site): void {
  const { accounts } = site.core.state;
  serve(site, "GET", "/_matrix/client/versions", () => ({ versions, unstable_features: {} }));
  serve(site, "GET", "/_matrix/federation/v1/version", () => ({ server: site.software }));
  clientRoute(site, "GET", "/capabilities", (call) => {
    call.caller();
    const available = Object.fromEntries(roomVersionIds().map((id) => [id, "stable"]));
    return { capabilities: { "m.room_versions": { default: defaultRoomVersion, available }, "m.set_displayname": { enabled: true } } };
  });
  // Clients do not begin before they have read these. Nothing here notifies anybody, so that there are no rules.
  clientRoute(site, "GET", "/pushrules/", (call) => {
    call.caller();
    return { global: { override: [], content: [], room: [], sender: [], underride: [] } };
  });
  clientRoute(site, "GET", "/voip/turnServer", (call) => {
    call.caller();
    return {};
  });

  const override = "/_synapse/admin/v1/users/:user/override_ratelimit";
  const limit = z.object({ messages_per_second: z.number().min(0).optional(), burst_count: z.number().int().min(0).optional() });
  const target = (call: Call): string => {
    if (accounts.account(call.caller().userId)?.admin !== true) throw forbidden("You are not a server admin");
    const user = call.param("user");
    if (accounts.account(user) === undefined) throw notFound("User not found");
    return user;
  };
  const shown = (user: string): Json => {
    const found = accounts.rateLimitOverride(user);
    return found === undefined ? {} : { messages_per_second: found.perSecond, burst_count: found.burst };
  };
  serve(site, "GET", override, (call) => shown(target(call)));
  serve(site, "POST", override, (call) => {
    const userId = target(call);
    const wish = call.parsed(limit);
    site.core.state.commit({ kind: "rate-limit", userId, limit: { perSecond: wish.messages_per_second ?? 0, burst: wish.burst_count ?? 0 } });
    return shown(userId);
  });
  serve(site, "DELETE", override, (call) => {
    site.core.state.commit({ kind: "rate-limit", userId: target(call) });
    return {};
  });
}
