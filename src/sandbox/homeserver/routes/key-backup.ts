/** The key backup: its versions, and the keys in them. */
import * as z from "zod";
import { clientRoute, type Call, type Site } from "../endpoint.ts";
import {
  createVersion,
  deleteKeys,
  deleteVersion,
  findVersion,
  getKeys,
  putKeys,
  roomsSchema,
  sessionsSchema,
  updateVersion,
  versionInfo,
  type Which,
} from "../keys/back-up-keys.ts";
import { backedUpKeySchema } from "../keys/key-change.ts";
import { badRequest } from "../matrix-error.ts";

const newVersion = z.object({ algorithm: z.string(), auth_data: z.unknown() });
const changedVersion = newVersion.extend({ version: z.string().optional() });

export function keyBackupRoutes(site: Site): void {
  const { core } = site;
  clientRoute(site, "GET", "/room_keys/version", (call) => versionInfo(findVersion(core, call.caller().userId, undefined, "No backup found")));
  clientRoute(site, "POST", "/room_keys/version", (call) => {
    const { userId } = call.caller();
    const { algorithm, auth_data: authData } = call.parsed(newVersion);
    return { version: createVersion(core, userId, algorithm, authData) };
  });
  const one = "/room_keys/version/:version";
  clientRoute(site, "GET", one, (call) => versionInfo(findVersion(core, call.caller().userId, call.param("version"), "No backup found")));
  clientRoute(site, "PUT", one, (call) => {
    updateVersion(core, call.caller().userId, call.param("version"), call.parsed(changedVersion));
    return {};
  });
  clientRoute(site, "DELETE", one, (call) => {
    deleteVersion(core, call.caller().userId, call.param("version"));
    return {};
  });
  keyRoutesOf(site);
}

function keyRoutesOf(site: Site): void {
  const { core } = site;
  for (const path of ["/room_keys/keys", "/room_keys/keys/:room", "/room_keys/keys/:room/:session"]) {
    const which = (call: Call): Which => ({
      roomId: path.includes(":room") ? call.param("room") : undefined,
      sessionId: path.includes(":session") ? call.param("session") : undefined,
    });
    const rooms = (call: Call): z.infer<typeof roomsSchema> => {
      const { roomId, sessionId } = which(call);
      if (roomId === undefined) return call.parsed(roomsSchema);
      const sessions = sessionId === undefined ? call.parsed(sessionsSchema) : { sessions: { [sessionId]: call.parsed(backedUpKeySchema) } };
      return { rooms: { [roomId]: sessions } };
    };
    clientRoute(site, "GET", path, (call) => getKeys(core, call.caller().userId, versionOf(call), which(call)));
    clientRoute(site, "DELETE", path, (call) => deleteKeys(core, call.caller().userId, versionOf(call), which(call)));
    clientRoute(site, "PUT", path, (call) => putKeys(core, call.caller().userId, versionOf(call), rooms(call)));
  }
}

function versionOf(call: Call): string {
  const version = call.query("version");
  if (version === undefined) throw badRequest("Missing required string query parameter version", "M_MISSING_PARAM");
  return version;
}
