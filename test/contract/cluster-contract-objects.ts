/**
 * Objects and commands of a Kubernetes API: what is created, refused, found, deleted, and how a command in a container ends. Asked with Kubernetes' own client, the
 * same of the embedded API and of a real one.
 */
import { PassThrough, Readable } from "node:stream";
import { ApiException, CoreV1Api, CustomObjectsApi, Exec, KubeConfig, type V1Status } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

export interface ContractObjects {
  readonly kubeconfig: string;
  /** In which Secrets and, with CloudNativePG, Backups may be made. */
  readonly namespace: string;
  readonly cnpg: boolean;
  /** A pod with `sh`; `undefined` where there is no kubelet. */
  readonly shell: { readonly namespace: string; readonly pod: string; readonly container: string } | undefined;
  readonly close: () => Promise<void>;
}

const labels = { "opsroom.dev/run": "contract" };

export function objectsContract(name: string, open: () => Promise<ContractObjects>): void {
  describe(`objects of a cluster (${name})`, () => {
    let found: ContractObjects;
    let config: KubeConfig;
    beforeAll(async () => {
      found = await open();
      config = new KubeConfig();
      config.loadFromFile(found.kubeconfig);
    });
    afterAll(async () => {
      await found.close();
    });
    const core = (): CoreV1Api => config.makeApiClient(CoreV1Api);
    const custom = (): CustomObjectsApi => config.makeApiClient(CustomObjectsApi);
    const secret = (of: string) => ({ namespace: found.namespace, body: { metadata: { name: of, labels }, stringData: { key: "value" } } });
    const backups = () => ({ group: "postgresql.cnpg.io", version: "v1", namespace: found.namespace, plural: "backups" });

    test("a Secret is made once, kept in base64, found by its label, and gone when deleted", async () => {
      const { namespace } = found;
      await core()
        .deleteNamespacedSecret({ namespace, name: "contract" })
        .catch(() => undefined);
      const made = await core().createNamespacedSecret(secret("contract"));
      expect(made).toMatchObject({ data: { key: "dmFsdWU=" }, metadata: { namespace, labels, uid: expect.any(String), creationTimestamp: expect.any(Date) } });
      expect(await refusal(core().createNamespacedSecret(secret("contract")))).toMatchObject({ code: 409, reason: "AlreadyExists" });
      const listed = await core().listNamespacedSecret({ namespace, labelSelector: "opsroom.dev/run=contract" });
      expect(listed.items.map((each) => each.metadata?.name)).toEqual(["contract"]);
      const wrongUid = { namespace, name: "contract", body: { preconditions: { uid: "00000000-0000-4000-8000-000000000000" } } };
      expect(await refusal(core().deleteNamespacedSecret(wrongUid))).toMatchObject({ code: 409, reason: "Conflict" });
      expect(await core().deleteNamespacedSecret({ namespace, name: "contract" })).toMatchObject({ status: "Success" });
      expect(await refusal(core().readNamespacedSecret({ namespace, name: "contract" }))).toMatchObject({
        code: 404,
        reason: "NotFound",
        message: 'secrets "contract" not found',
      });
      expect(await refusal(core().deleteNamespacedSecret({ namespace, name: "contract" }))).toMatchObject({ code: 404 });
    });

    test("what owns a Secret takes it along", async () => {
      const { namespace } = found;
      const owner = await core().createNamespacedSecret(secret("contract-owner"));
      const reference = { apiVersion: "v1", kind: "Secret", name: "contract-owner", uid: owner.metadata?.uid ?? "" };
      const owned = secret("contract-owned");
      await core().createNamespacedSecret({ ...owned, body: { ...owned.body, metadata: { ...owned.body.metadata, ownerReferences: [reference] } } });
      await core().deleteNamespacedSecret({ namespace, name: "contract-owner", propagationPolicy: "Background" });
      await expect
        .poll(async () => refusal(core().readNamespacedSecret({ namespace, name: "contract-owned" })), { timeout: 30_000 })
        .toMatchObject({ code: 404 });
    });

    test("names and labels that are none are refused with the field", async () => {
      expect(await refusal(core().createNamespacedSecret(secret("Contract")))).toMatchObject({
        code: 422,
        message: expect.stringContaining("metadata.name: Invalid value"),
      });
      const long = { ...secret("contract"), body: { metadata: { name: "contract", labels: { a: "b".repeat(64) } } } };
      expect(await refusal(core().createNamespacedSecret(long))).toMatchObject({
        code: 422,
        message: expect.stringContaining("metadata.labels: Invalid value"),
      });
      expect(await refusal(core().createNamespacedSecret({ ...secret("contract"), namespace: "no-such-namespace" }))).toMatchObject({
        code: 404,
        message: 'namespaces "no-such-namespace" not found',
      });
    });

    test("a Backup of a plugin that it does not name, or of no known method, is refused", async () => {
      if (!found.cnpg) return;
      const body = (spec: object) => ({ apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", metadata: { name: "contract", labels }, spec });
      expect(await refusal(custom().createNamespacedCustomObject({ ...backups(), body: body({ method: "plugin" }) }))).toMatchObject({
        code: 422,
        message: expect.stringContaining("cannot be empty when the backup method is plugin"),
      });
      expect(await refusal(custom().createNamespacedCustomObject({ ...backups(), body: body({ cluster: { name: "x" }, method: "by hand" }) }))).toMatchObject({
        code: 422,
        message: expect.stringContaining('spec.method: Unsupported value: "by hand"'),
      });
      expect(await refusal(custom().createNamespacedCustomObject({ ...backups(), body: body({ cluster: { name: "x" }, method: "plugin" }) }))).toMatchObject({
        code: 422,
        message: expect.stringContaining("cannot be empty when the backup method is plugin"),
      });
    });

    test("a Backup has the in-tree method unless it says another, and no status when it is made", async () => {
      if (!found.cnpg) return;
      const body = {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Backup",
        metadata: { name: "contract", labels },
        spec: { cluster: { name: "no-such" } },
        status: { phase: "completed" },
      };
      const made = await custom().createNamespacedCustomObject({ ...backups(), body });
      expect(made).toMatchObject({ spec: { method: "barmanObjectStore" } });
      expect(made).not.toHaveProperty("status.phase");
      expect(await custom().deleteNamespacedCustomObject({ ...backups(), name: "contract" })).toMatchObject({
        status: "Success",
        details: { name: "contract" },
      });
    });

    test("a command gets its whole input, and its output, errors and exit code come back apart", async () => {
      if (found.shell === undefined) return;
      const input = "0123456789abcdef\n".repeat(8192);
      const good = await run(config, found.shell, ["sh", "-c", "cat; echo told >&2; exit 3"], input);
      expect([good.output === input, good.errors]).toEqual([true, "told\n"]);
      expect(good.status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "3" }] } });
      expect((await run(config, found.shell, ["sh", "-c", "cat"], "")).status).toMatchObject({ status: "Success" });
    });

    test("no command runs in a pod or a container that is not there", async () => {
      if (found.shell === undefined) return;
      await expect(run(config, { ...found.shell, pod: "no-such-pod" }, ["sh"], "")).rejects.toBeDefined();
      await expect(run(config, { ...found.shell, container: "no-such-container" }, ["sh"], "")).rejects.toBeDefined();
    });
  });
}

/** The `Status` of a refusal. */
async function refusal(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    return typeof error.body === "string" ? JSON.parse(error.body) : error.body;
  }
}

async function run(config: KubeConfig, { namespace, pod, container }: NonNullable<ContractObjects["shell"]>, command: string[], input: string) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const read = [out, err].map(async (stream) => Buffer.concat(await stream.toArray()).toString());
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec(namespace, pod, container, command, out, err, Readable.from([input]), false, resolve).catch(reject);
  });
  out.end();
  err.end();
  const [output = "", errors = ""] = await Promise.all(read);
  return { output, errors, status };
}
