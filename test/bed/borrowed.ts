/** A tester's own cluster and homeserver, named by environment variables, in the place of the test bed's. */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { startKubernetes, type Cluster, type Kubernetes } from "./kubernetes.ts";
import { run } from "./process.ts";
import { call, login, startSynapse, type Homeserver, type Synapse, type SynapseOptions } from "./synapse.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The cluster of `OPSROOM_TEST_KUBECONFIG`, which `stop` leaves alone, or else a real one of our own. @throws when it does not answer. */
export async function openCluster(environment: Environment = process.env): Promise<Cluster | Kubernetes> {
  const kubeconfigPath = environment["OPSROOM_TEST_KUBECONFIG"];
  if (kubeconfigPath === undefined) return startKubernetes();
  const kubectl: Cluster["kubectl"] = async (args, options = {}) => run("kubectl", ["--kubeconfig", kubeconfigPath, ...args], options);
  await kubectl(["get", "--raw", "/readyz"]);
  await kubectl(["get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes"]);
  const stop = async (): Promise<void> => undefined;
  return { kubeconfigPath, kubectl, stop, [Symbol.asyncDispose]: stop };
}

/**
 * The homeserver of `OPSROOM_TEST_SYNAPSE_URL`, where `OPSROOM_TEST_SYNAPSE_ADMIN_TOKEN` may make accounts, or else a
 * Synapse of our own. Its rate limits are what they are. @throws when it does not answer or the token is not an admin's.
 */
export async function openHomeserver(options: SynapseOptions, environment: Environment = process.env): Promise<Homeserver | Synapse> {
  const url = environment["OPSROOM_TEST_SYNAPSE_URL"];
  if (url === undefined) return startSynapse(options);
  const token = environment["OPSROOM_TEST_SYNAPSE_ADMIN_TOKEN"];
  if (token === undefined) throw new Error("OPSROOM_TEST_SYNAPSE_URL is set, but not OPSROOM_TEST_SYNAPSE_ADMIN_TOKEN");
  const baseUrl = url.replace(/\/+$/u, "");
  const { user_id } = z.object({ user_id: z.string() }).parse(await call("GET", `${baseUrl}/_matrix/client/v3/account/whoami`, undefined, token));
  const serverName = user_id.slice(user_id.indexOf(":") + 1);
  await call("GET", `${baseUrl}/_synapse/admin/v2/users?limit=1`, undefined, token);
  const stop = async (): Promise<void> => undefined;
  return {
    baseUrl,
    serverName,
    stop,
    registerUser: async (localpart, { admin = false } = {}) => {
      const password = randomBytes(16).toString("hex");
      const userId = `@${localpart}:${serverName}`;
      await call("PUT", `${baseUrl}/_synapse/admin/v2/users/${encodeURIComponent(userId)}`, { password, admin }, token);
      return login(baseUrl, userId, password);
    },
    [Symbol.asyncDispose]: stop,
  };
}
