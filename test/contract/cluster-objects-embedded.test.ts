import { newFleet } from "../../src/sandbox/cluster/shared-database.ts";
import { clusterBed } from "../support/embedded-cluster.ts";
import { objectsContract } from "./cluster-contract-objects.ts";

objectsContract("embedded", async () => {
  const bed = await clusterBed({ fleet: newFleet });
  // No shell is there; of what the contract runs in one this is what it would do.
  bed.api.world.onExec(async ({ command, input }) => ({
    exitCode: command.join(" ").includes("exit 3") ? 3 : 0,
    output: input,
    errors: input === "" ? "" : "told\n",
  }));
  return {
    kubeconfig: bed.api.kubeconfig,
    namespace: "opsroom-drill",
    cnpg: true,
    shell: { namespace: "databases", pod: "good-pg-1", container: "postgres" },
    close: async () => bed[Symbol.asyncDispose](),
  };
});
