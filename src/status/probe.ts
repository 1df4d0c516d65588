/** Asks a homeserver, from outside its cluster's view, what it runs: as other homeservers would. */
import * as z from "zod";
import type { FederationVersion } from "./facts.ts";
import type { HomeserverSpec } from "./homeserver-spec.ts";

/** Gets JSON from an https address; bounds what it reads; throws in words when there is no 200 with JSON. */
export type FetchJson = (url: string, signal: AbortSignal) => Promise<unknown>;

const delegation = z.object({ "m.server": z.string().max(300) });
const versionAnswer = z.object({ server: z.object({ name: z.string().max(100).default("?"), version: z.string().max(200) }) });

/** @throws when it does not answer, or says something else. */
export async function probeFederation(
  spec: Pick<HomeserverSpec, "serverName" | "address">,
  fetchJson: FetchJson,
  signal: AbortSignal,
): Promise<FederationVersion> {
  const base = spec.address ?? (await federationBase(spec.serverName, fetchJson, signal));
  const answer = versionAnswer.safeParse(await fetchJson(`${base.replace(/\/+$/u, "")}/_matrix/federation/v1/version`, signal));
  if (!answer.success) throw new Error("it answers, but not with a version");
  return { software: answer.data.server.name, version: answer.data.server.version };
}

/** Server discovery (server-server API §2.1): a port in the name, else the well-known, else port 8448. SRV records are not asked for: `address` is for that. */
async function federationBase(serverName: string, fetchJson: FetchJson, signal: AbortSignal): Promise<string> {
  if (/:\d+$/u.test(serverName)) return `https://${serverName}`;
  const delegated = await fetchJson(`https://${serverName}/.well-known/matrix/server`, signal).then(
    (answer) => delegation.safeParse(answer).data?.["m.server"],
    () => undefined,
  );
  signal.throwIfAborted();
  const target = delegated !== undefined && /^[\w.[\]:-]+$/u.test(delegated) ? delegated : serverName;
  return `https://${/:\d+$/u.test(target) ? target : `${target}:8448`}`;
}
