import { expect, test } from "vitest";
import { probeFederation } from "../../../src/status/probe.ts";

const { signal } = new AbortController();
const web =
  (pages: Readonly<Record<string, unknown>>) =>
  async (url: string): Promise<unknown> => {
    if (!Object.hasOwn(pages, url)) throw new Error(`404 for ${url}`);
    return pages[url];
  };
const answer = { server: { name: "Synapse", version: "1.150.0" } };
const path = "/_matrix/federation/v1/version";

test("it asks where the server name delegates to", async () => {
  const pages = { "https://t0rt1k.tech/.well-known/matrix/server": { "m.server": "chat.t0rt1k.tech:443" }, [`https://chat.t0rt1k.tech:443${path}`]: answer };
  expect(await probeFederation({ serverName: "t0rt1k.tech" }, web(pages), signal)).toEqual({ software: "Synapse", version: "1.150.0" });
});

test("without a delegation it asks port 8448, with a port in the name that one, with an address that", async () => {
  expect(await probeFederation({ serverName: "a.org" }, web({ [`https://a.org:8448${path}`]: answer }), signal)).toMatchObject({ version: "1.150.0" });
  expect(await probeFederation({ serverName: "a.org:80" }, web({ [`https://a.org:80${path}`]: answer }), signal)).toMatchObject({ version: "1.150.0" });
  expect(await probeFederation({ serverName: "a.org", address: "https://b.org/" }, web({ [`https://b.org${path}`]: answer }), signal)).toMatchObject({
    version: "1.150.0",
  });
});

test("a delegation that is no host is not followed", async () => {
  const pages = { "https://a.org/.well-known/matrix/server": { "m.server": "evil.org/path?x" }, [`https://a.org:8448${path}`]: answer };
  expect(await probeFederation({ serverName: "a.org" }, web(pages), signal)).toMatchObject({ version: "1.150.0" });
});

test("something else than a version is no answer", async () => {
  await expect(probeFederation({ serverName: "a.org:1" }, web({ [`https://a.org:1${path}`]: "<html>" }), signal)).rejects.toThrow("not with a version");
});
