/** Credentials and TLS by `KubeConfig`, the one part of @kubernetes/client-node that is used. Loaded when first asked for. */
import type { KubeConfig } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { OpsroomError } from "../errors.ts";

/** How a cluster is reached. */
export type ClusterAccess =
  | { readonly kind: "inCluster" }
  | { readonly kind: "kubeconfig"; readonly file: string; readonly context: string | undefined }
  | { readonly kind: "token"; readonly server: string; readonly caFile: string | undefined; readonly tokenFile: string };

export interface Credentials {
  /** Base URL of the API server. */
  readonly server: string;
  /** Fills in CA, client certificate and `Authorization`; asked before each call, because tokens are renewed. */
  readonly apply: (options: RequestOptions) => Promise<void>;
}

/** @throws OpsroomError when the files are not there or name no cluster */
export async function openCredentials(cluster: string, access: ClusterAccess): Promise<Credentials> {
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const config = new Config();
  try {
    await load(config, access);
  } catch (error) {
    throw new OpsroomError(
      "OPSROOM_SECRET_UNREADABLE",
      `the credentials of cluster ${cluster} could not be read: ${error instanceof Error ? error.message : "unexpected"}`,
      "See that the files are there and readable for Opsroom.",
      { cause: error },
    );
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new OpsroomError("OPSROOM_SECRET_UNREADABLE", `the kubeconfig of cluster ${cluster} names no cluster`, "Name a context that it has.");
  const tokenFile = access.kind === "token" ? access.tokenFile : undefined;
  return {
    server: server.replace(/\/+$/u, ""),
    apply: async (options) => {
      await config.applyToHTTPSOptions(options);
      // A service account's token is renewed in its file within the hour.
      if (tokenFile !== undefined) options.headers = { ...headersOf(options), authorization: `Bearer ${(await readFile(tokenFile, "utf8")).trim()}` };
    },
  };
}

async function load(config: KubeConfig, access: ClusterAccess): Promise<void> {
  switch (access.kind) {
    case "inCluster":
      config.loadFromDefault();
      if (config.getCurrentUser() === null) throw new Error("this is no pod of a cluster");
      return;
    case "kubeconfig": {
      const text = await readFile(access.file, "utf8");
      config.loadFromString(text);
      config.makePathsAbsolute(access.file.replace(/\/[^/]*$/u, ""));
      if (access.context !== undefined) {
        if (config.getContextObject(access.context) === null) throw new Error(`it has no context ${access.context}`);
        config.setCurrentContext(access.context);
      }
      refusePrograms(config);
      return;
    }
    case "token":
      config.loadFromClusterAndUser(
        { name: "api", server: access.server, skipTLSVerify: false, ...(access.caFile === undefined ? {} : { caFile: access.caFile }) },
        { name: "opsroom" },
      );
      return;
    default:
      access satisfies never;
  }
}

/** A kubeconfig may name a program to run for a token. Opsroom runs none: what it may do is in the configuration, not in a file beside it. */
function refusePrograms(config: KubeConfig): void {
  const user = config.getCurrentUser();
  if (user !== null && (user.exec !== undefined || user.authProvider !== undefined))
    throw new Error("its user needs a program to log in (exec), which is not run; use a service account's token");
}

function headersOf({ headers }: RequestOptions): Record<string, string> {
  const found: Record<string, string> = {};
  if (headers === undefined || Array.isArray(headers)) return found;
  for (const [name, value] of Object.entries(headers)) if (typeof value === "string") found[name] = value;
  return found;
}
