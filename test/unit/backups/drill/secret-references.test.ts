import { expect, test } from "vitest";
import { secretsIn, withSecretsNamed } from "../../../../src/backups/drill/secret-references.ts";

const configuration = {
  destinationPath: "s3://x",
  endpointCA: { name: "ca", key: "ca.crt" },
  s3Credentials: { accessKeyId: { name: "s3", key: "id" }, secretAccessKey: { name: "s3", key: "key" }, region: { name: "region", key: "r" } },
};
const env = [
  { name: "PLAIN", value: "s3" },
  { name: "SECRET", valueFrom: { secretKeyRef: { name: "env", key: "k" } } },
  { name: "MAP", valueFrom: { configMapKeyRef: { name: "map", key: "k" } } },
];

test("every Secret that is named is found, with the keys that are used and no others", () => {
  expect(secretsIn([configuration, env])).toEqual([
    { name: "ca", keys: ["ca.crt"] },
    { name: "s3", keys: ["id", "key"] },
    { name: "region", keys: ["r"] },
    { name: "env", keys: ["k"] },
  ]);
});

test("the copy names the copies, and is the same otherwise", () => {
  const named = withSecretsNamed({ configuration, env }, (name) => `copy-of-${name}`);
  expect(secretsIn(named).map(({ name }) => name)).toEqual(["copy-of-ca", "copy-of-s3", "copy-of-region", "copy-of-env"]);
  expect(JSON.stringify(named).replaceAll("copy-of-", "")).toBe(JSON.stringify({ configuration, env }));
  expect(withSecretsNamed({ env }, (name) => `copy-of-${name}`)).toMatchObject({ env: [env[0], {}, env[2]] });
});
