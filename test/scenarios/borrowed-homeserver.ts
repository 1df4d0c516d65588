/** What scenarios may do to a homeserver, as far as it is ours. */
import type { Homeserver, Synapse } from "../bed/synapse.ts";
import type { Bed } from "./bed.ts";

/** How long it is away in the scenarios: ten minutes in `npm run soak`. */
export const outageMs = process.env["OPSROOM_SOAK"] === "1" ? 600_000 : 60_000;

export function homeserverOf(synapse: Homeserver | Synapse): Bed["homeserver"] {
  return "start" in synapse ? { down: synapse.stop, up: synapse.start, keep: synapse.keep } : { down: borrowed, up: borrowed, keep: borrowed };
}

/** A tester's own server is theirs to stop: the scenarios that have to fail here, and say why. */
export async function borrowed(): Promise<never> {
  throw new Error("this scenario stops and starts the server, and a borrowed one is left alone; unset OPSROOM_TEST_SYNAPSE_URL or OPSROOM_TEST_KUBECONFIG");
}
