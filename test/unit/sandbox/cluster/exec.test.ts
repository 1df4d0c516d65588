import { PassThrough, Readable } from "node:stream";
import { Exec, KubeConfig, type V1Status } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import type { ExecQuestion } from "../../../../src/sandbox/cluster/exec/command.ts";
import { newFleet } from "../../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed, type ClusterBed } from "../../../support/embedded-cluster.ts";

const psql = ["psql", "-U", "postgres", "-d", "a database"];

/** With the client that Kubernetes itself publishes. */
async function run({ api }: ClusterBed, pod: string, input: string): Promise<{ readonly output: string; readonly errors: string; readonly status: V1Status }> {
  const config = new KubeConfig();
  config.loadFromFile(api.kubeconfig);
  const [out, err] = [new PassThrough(), new PassThrough()];
  const read = [out, err].map(async (stream) => Buffer.concat(await stream.toArray()).toString());
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec("databases", pod, "postgres", psql, out, err, Readable.from([input]), false, resolve).catch(reject);
  });
  out.end();
  err.end();
  const [output = "", errors = ""] = await Promise.all(read);
  return { output, errors, status };
}

describe("a command in a container of the embedded cluster", () => {
  test("gets its arguments and all of its input, and answers with output, errors and exit code", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    const asked: ExecQuestion[] = [];
    bed.api.world.onExec(async (question) => {
      asked.push(question);
      return { exitCode: question.input === "" ? 0 : 3, output: "ü".repeat(100_000), errors: "ERROR: no\n" };
    });
    const input = "select 1;\n".repeat(20_000);
    const { output, errors, status } = await run(bed, "good-pg-1", input);
    expect(asked).toEqual([{ namespace: "databases", pod: "good-pg-1", container: "postgres", command: psql, input }]);
    expect([output.length, errors]).toEqual([100_000, "ERROR: no\n"]);
    expect(status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "3" }] } });
    expect((await run(bed, "good-pg-1", "")).status).toMatchObject({ status: "Success" });
  });

  test("is refused in words while nothing answers it, and when the pod is not there", async () => {
    await using bed = await clusterBed({ fleet: newFleet });
    expect(await run(bed, "good-pg-1", "select 1")).toMatchObject({
      errors: "psql: nothing runs in the containers of this embedded cluster\n",
      status: { status: "Failure" },
    });
    await expect(run(bed, "good-pg-9", "select 1")).rejects.toBeDefined();
    bed.api.faults.forbid("create", "", "pods/exec");
    await expect(run(bed, "good-pg-1", "select 1")).rejects.toBeDefined();
    expect(bed.api.asked()).toContain("create pods/exec.");
  });
});
