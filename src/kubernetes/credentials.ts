/** Credentials and TLS by `KubeConfig`, the one part of @kubernetes/client-node that is used. Loaded when first asked for. */
import type { KubeConfig } from "@kubernetes/client-node";
import { readFile, stat } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { dirname } from "node:path";
import { OpsroomError } from "../errors.ts";

/** How a cluster is reached. */
export type ClusterAccess =
  | { readonly kind: "inCluster" }
  | { readonly kind: "kubeconfig"; readonly file: string; readonly context: string | undefined }
  | { readonly kind: "token"; readonly server: string; readonly caFile: string | undefined; readonly tokenFile: string };

export interface Credentials {
  /** Base URL of the API server. */
  readonly server: () => string;
  /**
   * Fills in CA, client certificate, `Authorization` and an agent; asked before each call, because tokens and kubeconfigs are renewed in their files.
   * `proxied`: the agent has to be used, since it goes through the proxy that the kubeconfig names. @throws OpsroomError when a file cannot be read
   */
  readonly apply: (options: RequestOptions) => Promise<{ readonly proxied: boolean }>;
}

/** @throws OpsroomError when the files are not there or name no cluster */
export async function openCredentials(cluster: string, access: ClusterAccess): Promise<Credentials> {
  const { KubeConfig: Config } = await import("./kube-config.ts");
  const file = access.kind === "kubeconfig" ? access.file : undefined;
  const open = async (): Promise<Loaded> => {
    const config = new Config();
    const version = await versionOf(file);
    await load(config, access);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error("its context names no cluster that it has");
    return { config, server: server.replace(/\/+$/u, ""), version };
  };
  const inWords = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      const why = error instanceof Error ? error.message : "unexpected";
      const remedy = "See that the files are there, whole, and readable for Opsroom.";
      throw new OpsroomError("OPSROOM_SECRET_UNREADABLE", `the credentials of cluster ${cluster} could not be read: ${why}`, remedy, { cause: error });
    });
  let loaded = await inWords(open());
  return {
    server: () => loaded.server,
    apply: (options) =>
      inWords(
        (async () => {
          if ((await versionOf(file)) !== loaded.version) loaded = await open();
          await loaded.config.applyToHTTPSOptions(options);
          if (access.kind === "token") {
            const token = (await readFile(access.tokenFile, "utf8")).trim();
            if (token === "") throw new Error(`${access.tokenFile} is empty`);
            options.headers = { ...headersOf(options), authorization: `Bearer ${token}` };
          }
          return { proxied: loaded.config.getCurrentCluster()?.proxyUrl !== undefined };
        })(),
      ),
  };
}

interface Loaded {
  readonly config: KubeConfig;
  readonly server: string;
  /** Of the kubeconfig's file. */
  readonly version: string;
}

async function versionOf(file: string | undefined): Promise<string> {
  if (file === undefined) return "";
  const { ino, mtimeMs, size } = await stat(file);
  return `${ino} ${mtimeMs} ${size}`;
}

async function load(config: KubeConfig, access: ClusterAccess): Promise<void> {
  switch (access.kind) {
    case "inCluster":
      if (process.env["KUBERNETES_SERVICE_HOST"] === undefined) throw new Error("this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set)");
      config.loadFromCluster();
      return;
    case "kubeconfig":
      loadText(config, await readFile(access.file, "utf8"));
      config.makePathsAbsolute(dirname(access.file));
      if (access.context !== undefined) {
        if (config.getContextObject(access.context) === null) throw new Error(`it has no context ${access.context}`);
        config.setCurrentContext(access.context);
      }
      refusePrograms(config);
      return;
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

/** A parser's message quotes the line that it stumbles over, which may be the token's. */
function loadText(config: KubeConfig, text: string): void {
  try {
    config.loadFromString(text);
  } catch {
    throw new Error("it is no kubeconfig");
  }
}

/** A kubeconfig may name a program to run for a token. Opsroom runs none: what it may do is in the configuration, not in a file beside it. */
function refusePrograms(config: KubeConfig): void {
  const user = config.getCurrentUser();
  const program: unknown = user?.exec ?? user?.authProvider;
  if (program !== undefined && program !== null) throw new Error("its user needs a program to log in (exec), which is not run; use a service account's token");
}

function headersOf({ headers }: RequestOptions): Record<string, string> {
  const found: Record<string, string> = {};
  if (headers === undefined || Array.isArray(headers)) return found;
  for (const [name, value] of Object.entries(headers)) if (typeof value === "string" || typeof value === "number") found[name] = String(value);
  return found;
}
