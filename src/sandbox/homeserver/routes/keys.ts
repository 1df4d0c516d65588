/** Publishing keys for encryption and finding those of others. */
import * as z from "zod";
import { clientRoute, type Site } from "../endpoint.ts";
import { askForPassword, type AuthSessions } from "../interactive-auth.ts";
import { deviceListsSince, membersMoved } from "../keys/device-lists.ts";
import { claimKeys, queryKeys } from "../keys/find-keys.ts";
import { sendToDevice } from "../keys/send-to-device.ts";
import { changesKeys, readCrossSigningUpload, uploadCrossSigning } from "../keys/upload-cross-signing.ts";
import { uploadKeys } from "../keys/upload-keys.ts";
import { uploadSignatures } from "../keys/upload-signatures.ts";
import { badRequest } from "../matrix-error.ts";
import { readToken } from "../tokens.ts";

const query = z.object({ device_keys: z.record(z.string(), z.array(z.string())) });
const claim = z.object({ one_time_keys: z.record(z.string(), z.record(z.string(), z.string())).default({}) });

export function keyRoutes(site: Site, authSessions: AuthSessions): void {
  const { core, transactions } = site;
  clientRoute(site, "POST", "/keys/upload", (call) => uploadKeys(core, call.caller(), call.json()));
  clientRoute(site, "POST", "/keys/query", (call) => queryKeys(core, call.caller().userId, call.parsed(query).device_keys));
  clientRoute(site, "POST", "/keys/claim", (call) => {
    call.caller();
    return claimKeys(core, call.parsed(claim).one_time_keys);
  });
  clientRoute(site, "GET", "/keys/changes", (call) => {
    const { userId } = call.caller();
    const from = call.query("from");
    if (from === undefined) throw badRequest("Missing required string query parameter from", "M_MISSING_PARAM");
    const since = readToken(from, core.state.position);
    return deviceListsSince(core, userId, since, membersMoved(core, userId, since));
  });
  clientRoute(site, "POST", "/keys/device_signing/upload", (call) => {
    const { userId } = call.caller();
    const upload = readCrossSigningUpload(call.json());
    if (!changesKeys(core, userId, upload)) return {};
    if (core.state.keys.crossSigning.key(userId, "master") !== undefined) askForPassword(core, authSessions, call);
    uploadCrossSigning(core, userId, upload);
    return {};
  });
  clientRoute(site, "POST", "/keys/signatures/upload", (call) => uploadSignatures(core, call.caller().userId, call.json()));
  clientRoute(site, "PUT", "/sendToDevice/:type/:txn", (call) => {
    const caller = call.caller();
    return transactions.once([call.path, caller.userId, caller.deviceId].join("\u0000"), core.clock.now(), async () => {
      sendToDevice(core, caller, call.param("type"), call.json()["messages"]);
      return {};
    });
  });
}
