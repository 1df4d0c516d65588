import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { parseDeviceId, parseUserId } from "../../../src/ids.ts";
import { MatrixFailure } from "../../../src/matrix/failure.ts";
import { sendAuthorised } from "../../../src/matrix/crypto/identity/authorise.ts";
import { establish, type EstablishNeeds } from "../../../src/matrix/crypto/identity/establish.ts";
import type { CryptoMachine } from "../../../src/matrix/crypto/machine/machine.ts";
import { openCryptoMachine } from "../../../src/matrix/crypto/machine/open.ts";
import { createMatrixApi } from "../../../src/matrix/sdk-api.ts";
import { startHomeserver } from "../../../src/sandbox/homeserver/homeserver.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const signal = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function world() {
  const server = await startHomeserver({ serverName: "opsroom.test", limits: "none" });
  closing.push(() => server.close());
  const key = randomBytes(32);
  /** A device of the account, as if newly started with this folder. */
  const device = async (folder = tempFolder(), given = server.createUser("opsroom", { password: "right" })) => {
    const user = parseUserId(given.userId);
    const id = parseDeviceId(given.deviceId);
    const api = await createMatrixApi({ homeserver: server.baseUrl, accessToken: given.accessToken });
    const open = async (): Promise<CryptoMachine> => {
      const machine = await openCryptoMachine({ user, device: id, folder, passphrase: undefined });
      closing.push(() => machine.close());
      return machine;
    };
    const needs = (machine: CryptoMachine, more: Partial<EstablishNeeds> = {}): EstablishNeeds => ({
      user,
      machine,
      request: api.request,
      send: async (request, stop) => {
        if (request.kind === "room-event") throw new Error("none is sent here");
        const answer = await api.request(request, stop);
        await machine.markSent(request, answer);
        return answer;
      },
      recoveryKey: async () => key,
      password: undefined,
      replace: false,
      ...more,
    });
    const settle = async (machine: CryptoMachine): Promise<void> => {
      for (const request of await machine.outgoing()) await needs(machine).send(request, signal);
    };
    const master = async (): Promise<unknown> => {
      const answer = Object(await api.request({ method: "POST", path: "/_matrix/client/v3/keys/query", body: { device_keys: { [user]: [] } } }, signal));
      return Object(answer.master_keys[user]).keys;
    };
    return { open, needs, settle, master, api, given, folder };
  };
  return { server, key, device };
}

const well = { signed: true, recovery: "at-hand", backup: "kept", troubles: [] };

test("the first start makes identity, recovery and backup; the next finds them and makes nothing", async () => {
  const { device } = await world();
  const { open, needs, settle, master } = await device();
  const machine = await open();
  await settle(machine);

  const first = await establish(needs(machine), signal);
  const made = await master();
  const again = await establish(needs(machine), signal);

  expect(first).toEqual(well);
  expect(again).toEqual(well);
  expect(await master()).toEqual(made);
  expect((await machine.backup.state()).version).toBeDefined();
});

test.each(["before", "after"] as const)("killed %s any of its calls, it is finished by the next start", async (moment) => {
  for (let killAt = 1; ; killAt += 1) {
    const { device } = await world();
    const { open, needs, settle } = await device();
    const machine = await open();
    await settle(machine);
    let calls = 0;
    const whole = needs(machine);
    const mortal = async <T>(act: () => Promise<T>): Promise<T> => {
      calls += 1;
      if (calls === killAt && moment === "before") throw new Error("killed");
      const answer = await act();
      if (calls === killAt) throw new Error("killed");
      return answer;
    };
    const cut = {
      ...whole,
      request: (...given: Parameters<typeof whole.request>) => mortal(() => whole.request(...given)),
      send: (...given: Parameters<typeof whole.send>) => mortal(() => whole.send(...given)),
    };
    const outcome = await establish(cut, signal).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) break;
    await machine.close();

    const next = await open();
    expect(await establish(needs(next), signal), `killed ${moment} call ${killAt}`).toEqual(well);
    expect((await next.backup.state()).version, `killed ${moment} call ${killAt}`).toBeDefined();
    for (const close of closing.splice(0).toReversed()) await close();
  }
});

test("a new device with the recovery key has the same identity, and asks for no password", async () => {
  const { server, device } = await world();
  const old = await device();
  const before = await old.open();
  await old.settle(before);
  await establish(old.needs(before), signal);
  const made = await old.master();

  const fresh = await device(tempFolder(), server.createUser("opsroom"));
  const machine = await fresh.open();
  await fresh.settle(machine);

  expect(await establish(fresh.needs(machine), signal)).toEqual(well);
  expect(await fresh.master()).toEqual(made);
  expect((await machine.identity.secrets())?.["m.cross_signing.master"]).toBe((await before.identity.secrets())?.["m.cross_signing.master"]);
});

test("without the recovery key a new device stays unsigned and says so; what others made is not replaced unless a person wants it", async () => {
  const { server, device } = await world();
  const old = await device();
  const before = await old.open();
  await old.settle(before);
  await establish(old.needs(before), signal);
  const made = await old.master();
  const fresh = await device(tempFolder(), server.createUser("opsroom"));
  const machine = await fresh.open();
  await fresh.settle(machine);

  const without = await establish(fresh.needs(machine, { recoveryKey: async () => undefined }), signal);
  expect(without).toMatchObject({ signed: false, recovery: "elsewhere", backup: "none" });
  expect(without.troubles[0]?.found).toContain("another client made");
  const wrong = await establish(fresh.needs(machine, { recoveryKey: async () => randomBytes(32) }), signal);
  expect(wrong).toMatchObject({ signed: false });
  expect(await fresh.master()).toEqual(made);

  const key = randomBytes(32);
  const replacing = { replace: true, recoveryKey: async () => key } as const;
  const unasked = await establish(fresh.needs(machine, replacing), signal);
  expect(unasked.troubles[0]?.found).toContain("password");
  const mistyped = await establish(fresh.needs(machine, { ...replacing, password: async () => "wrong" }), signal);
  expect(mistyped.troubles[0]?.found).toContain("did not take the password");
  expect(await fresh.master()).toEqual(made);
  expect(await establish(fresh.needs(machine, { ...replacing, password: async () => "right" }), signal)).toEqual(well);
  expect(await fresh.master()).not.toEqual(made);
});

test("an authentication service that wants the owner's approval is named with its address", async () => {
  const authentication = { session: "s", flows: [{ stages: ["m.oauth"] }], params: { "m.oauth": { url: "https://auth.example.org/account/?action=reset" } } };
  const send = async (): Promise<never> => {
    throw new MatrixFailure("unreachable", "401", { status: 401, authentication });
  };
  const request = { kind: "signing-keys-upload", id: undefined, method: "POST", path: "/x", query: {}, body: {} } as const;

  const refused = await sendAuthorised(request, { send, user: parseUserId("@opsroom:example.org"), password: undefined }, signal);

  expect(refused?.remedy).toContain("https://auth.example.org/account/?action=reset");
});
