import { newFleet } from "../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../support/embedded-cluster.ts";
import { clusterContract } from "./cluster-contract.ts";

const Mi = 2 ** 20;

clusterContract("embedded, the plan's", async () => {
  const bed = await clusterBed();
  bed.api.world.oomKill("matrix-t0rt1k", "chat-matrix");
  return {
    cluster: bed.cluster,
    nodes: ["ofem", "uzig", "efur"],
    pod: {
      namespace: "matrix-roglog",
      name: "chat-matrix",
      container: "matrix",
      labelSelector: "app.kubernetes.io/name in (matrix),!nothing",
      limitBytes: 1024 * Mi,
    },
    workload: { kind: "Deployment", name: "chat-matrix" },
    killed: { namespace: "matrix-t0rt1k", name: "chat-matrix" },
    cnpg: false,
    close: async () => bed[Symbol.asyncDispose](),
  };
});

clusterContract("embedded, the new one", async () => {
  const bed = await clusterBed({ fleet: newFleet });
  bed.api.world.oomKill("cnpg", "shared-pg-3");
  return {
    cluster: bed.cluster,
    nodes: ["alfa", "bravo", "delta"],
    pod: {
      namespace: "cnpg-system",
      name: "cnpg-cloudnative-pg",
      container: "manager",
      labelSelector: "app.kubernetes.io/name=cloudnative-pg",
      limitBytes: 256 * Mi,
    },
    workload: { kind: "Deployment", name: "cnpg-cloudnative-pg" },
    killed: { namespace: "cnpg", name: "shared-pg-3" },
    cnpg: true,
    close: async () => bed[Symbol.asyncDispose](),
  };
});
