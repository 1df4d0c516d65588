/** What Opsroom looks after: clusters, and the homeservers in them. */
import * as z from "zod";
import { homeserverParts, shapeNames } from "../../status/homeserver-spec.ts";
import { parseLabelSelector } from "../../status/label-selector.ts";
import { absoluteFile, address, exactlyOneOf, oneOfRequired, plainUrl, secret, secretFile, shortName } from "./pieces.ts";

/** How a cluster's API is reached. */
export type ClusterAccess =
  | { readonly kind: "inCluster" }
  | { readonly kind: "kubeconfig"; readonly file: string; readonly context: string | undefined }
  | { readonly kind: "token"; readonly server: string; readonly caFile: string | undefined; readonly tokenFile: string };

const prometheus = z
  .strictObject({
    url: z
      .string()
      .refine((text) => plainUrl(text) !== undefined, { error: "an http or https address without user, password or query" })
      .describe("Base address of a Prometheus or VictoriaMetrics query API.")
      .transform((text) => text.replace(/\/+$/u, "")),
    token: secret("Bearer token for it.").optional(),
  })
  .describe("Where history comes from; without it there are only figures of the moment.");

const ways = ["kubeconfig", "inCluster", "server"] as const;

const clusterSchema = z
  .strictObject({
    name: shortName().describe("Short name of the cluster, used in commands and answers."),
    inCluster: z.literal(true).optional().describe("Opsroom runs in this cluster and uses its own service account."),
    kubeconfig: z
      .strictObject({
        file: absoluteFile().describe("Path of a kubeconfig file."),
        context: z.string().min(1).max(253).optional().describe("Context in it; by default its current one."),
      })
      .optional()
      .describe("Reached as a kubeconfig file says."),
    server: address("Address of the cluster's API, with `token` and mostly `ca`.", { insideCluster: false }).optional(),
    ca: secretFile("Certificate authority of `server`, PEM.").optional(),
    token: secretFile("Service account token for `server`.").optional(),
    prometheus: prometheus.optional(),
  })
  .refine((cluster) => exactlyOneOf(cluster, ways), { error: "exactly one of kubeconfig, inCluster and server", when: () => true })
  .refine(({ server, token }) => server === undefined || token !== undefined, { path: ["token"], error: "{ file: /path/of/the/token }, since server is given" })
  .refine(({ server, token }) => server !== undefined || token === undefined, { path: ["token"], error: "nothing: token belongs to server" })
  .refine(({ server, ca }) => server !== undefined || ca === undefined, { path: ["ca"], error: "nothing: ca belongs to server" })
  .meta({ description: "One cluster, reached in exactly one way: `inCluster`, `kubeconfig` or `server`.", ...oneOfRequired(ways) })
  .transform(({ name, inCluster, kubeconfig, server, ca, token, prometheus }) => ({
    name,
    access: accessOf({ inCluster, kubeconfig, server, caFile: ca?.file, tokenFile: token?.file }),
    prometheus,
  }));

interface Given {
  readonly inCluster: true | undefined;
  readonly kubeconfig: { readonly file: string; readonly context?: string | undefined } | undefined;
  readonly server: string | undefined;
  readonly caFile: string | undefined;
  readonly tokenFile: string | undefined;
}

function accessOf({ kubeconfig, server, caFile, tokenFile }: Given): ClusterAccess {
  if (kubeconfig !== undefined) return { kind: "kubeconfig", file: kubeconfig.file, context: kubeconfig.context };
  if (server !== undefined && tokenFile !== undefined) return { kind: "token", server, caFile, tokenFile };
  return { kind: "inCluster" };
}

export const clustersSchema = z
  .array(clusterSchema)
  .max(50)
  .default([])
  .describe("The Kubernetes clusters Opsroom can look at; none for one that only shows alerts.");

const selector = z
  .strictObject({
    labels: z
      .string()
      .max(1000)
      .refine(isLabelSelector, { error: "a label selector such as app.kubernetes.io/name=matrix" })
      .describe("Kubernetes label selector of its pods."),
    container: shortName().exactOptional().describe("The container that is meant; by default all of the pod."),
  })
  .describe("How the pods of this part are found.");

const homeserverSchema = z
  .strictObject({
    name: shortName().describe("Short name of the homeserver, used in commands and answers."),
    serverName: z
      .string()
      .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:\d{1,5})?$/u, { error: "a Matrix server name such as example.org" })
      .max(230)
      .describe("Its Matrix server name: what stands after the colon in its user ids."),
    cluster: shortName().describe("The cluster it runs in, by its name above."),
    namespace: shortName().describe("The namespace it runs in."),
    shape: z.enum(shapeNames).describe("How it was installed: `ess` (Element Server Suite) or `matrix-chart` (the older Helm chart `matrix`)."),
    address: address("Where its federation API answers; by default what the server name's well-known file says.", { insideCluster: true }).exactOptional(),
    selectors: z.partialRecord(z.enum(homeserverParts), selector).exactOptional().describe("Label selectors that differ from those of its shape, by part."),
    database: z
      .strictObject({
        cnpg: z
          .strictObject({ namespace: shortName().describe("Its namespace."), cluster: shortName().describe("Its name.") })
          .describe("A CloudNativePG `Cluster` in the same Kubernetes cluster."),
      })
      .describe("Where its databases are, if not in pods of its own namespace.")
      .exactOptional(),
  })
  .describe("One homeserver.");

function isLabelSelector(text: string): boolean {
  try {
    parseLabelSelector(text);
    return true;
  } catch {
    return false;
  }
}

export const homeserversSchema = z.array(homeserverSchema).max(200).default([]).describe("The homeservers that are looked after.");
