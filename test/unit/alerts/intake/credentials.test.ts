import { expect, test } from "vitest";
import { knowCredentials, sourceOf, type ReadCredential } from "../../../../src/alerts/intake/credentials.ts";
import { OpsroomError } from "../../../../src/errors.ts";

const credentials: readonly ReadCredential[] = [
  { source: "prod", kind: "bearer", secret: "s3cret" },
  { source: "homelab", kind: "basic", user: "alertmanager", secret: "pass:word" },
];
const known = knowCredentials(credentials);
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

test.each([
  ["a bearer token", "Bearer s3cret", "prod"],
  ["in any case", "bearer s3cret", "prod"],
  ["user and password, which may have a colon", basic("alertmanager:pass:word"), "homelab"],
])("%s names its source", (_, header, source) => {
  expect(sourceOf(header, known)).toBe(source);
});

test.each([
  ["none", undefined],
  ["an empty one", ""],
  ["only the scheme", "Bearer"],
  ["only the scheme and a blank", "Bearer "],
  ["a wrong token", "Bearer s3cre"],
  ["the token without a scheme", "s3cret"],
  ["the token as a password", basic("prod:s3cret")],
  ["the password as a token", "Bearer pass:word"],
  ["user and password as a token", "Bearer alertmanager:pass:word"],
  ["a wrong user", basic("admin:pass:word")],
  ["a wrong password", basic("alertmanager:pass")],
  ["no colon", basic("alertmanager")],
  ["no base64", "Basic §§§"],
  ["another scheme", "Digest s3cret"],
  ["the digest of nothing", "nothing "],
])("%s lets nobody in", (_, header) => {
  expect(sourceOf(header, known)).toBeUndefined();
});

test("without any credential, or with the same for two sources, nothing is served; the secret is not told", () => {
  const refusal = (given: readonly ReadCredential[]): unknown => {
    try {
      return knowCredentials(given);
    } catch (error) {
      return error;
    }
  };
  const twice = refusal([...credentials, { source: "other", kind: "bearer", secret: "s3cret" }]);

  expect(refusal([])).toMatchObject({ code: "OPSROOM_CONFIG_INVALID" });
  expect(twice).toBeInstanceOf(OpsroomError);
  expect(twice).toMatchObject({ code: "OPSROOM_CONFIG_INVALID", message: "the sources prod and other have the same credential" });
  expect(JSON.stringify(known)).not.toContain("s3cret");
});
