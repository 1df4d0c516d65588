import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ErrorCode } from "../../../../src/errors.ts";
import type { ActingBot } from "../../../support/acting-bot.ts";
import { stage } from "../../../support/encrypted-stage.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const patient = { timeout: 15_000 };

function codeOf(bot: ActingBot): ErrorCode | undefined {
  const standing = bot.acting.crypto.standing();
  return standing.kind === "broken" ? standing.fault.code : undefined;
}

test("a homeserver that has forgotten the device is recognised at the start: nothing is sent until the keys are made anew, and nothing in clear", async () => {
  const { nadia, me, homeserver, start, store } = await stage();
  const bot = await start();
  const { device } = await bot.acting.crypto.open();
  await bot.stop();

  homeserver.forgetDeviceKeys(me, device);
  const again = await start({ ready: false });
  await again.acting.tellRooms(randomUUID(), [{ text: "secret" }]);

  await expect.poll(() => codeOf(again), patient).toBe("OPSROOM_CRYPTO_FORGOTTEN");
  await nadia.sync();
  expect(nadia.heard.filter(({ event }) => event.sender === me)).toEqual([]);
  await again.stop();

  // What `opsroom crypto reset` does.
  await store.write((tx) => tx.forgetCryptoDevice());
  await start({ folder: tempFolder() });
  await expect
    .poll(async () => {
      await nadia.sync(100);
      return nadia.said(me);
    }, patient)
    .toContain("secret");
});

test("a homeserver that was put back to before the device is recognised while it runs", async () => {
  const { nadia, me, homeserver, start } = await stage();
  const before = homeserver.snapshotKeys();
  const bot = await start();

  homeserver.restoreKeys(before);
  // Whoever queries the account sees that it changed; a homeserver that was put back says so with the next thing that changes.
  await bot.acting.crypto.receive(
    {
      next: "s",
      joined: [],
      invited: [],
      left: [],
      skipped: 0,
      encryption: { toDevice: [], changed: [nadia.user, bot.acting.crypto.account], left: [], oneTimeKeys: undefined, unusedFallbackKeys: undefined },
    },
    true,
  );

  await expect.poll(() => codeOf(bot), patient).toBe("OPSROOM_CRYPTO_FORGOTTEN");
  expect(nadia.said(me)).toEqual([]);
});

test("an empty folder where there were keys is not taken for a new device", async () => {
  const { start, nadia, me, homeserver } = await stage();
  const bot = await start();
  await bot.stop();

  const again = await start({ ready: false, folder: tempFolder() });

  await expect.poll(() => codeOf(again), patient).toBe("OPSROOM_CRYPTO_OTHER_DEVICE");
  await nadia.machine.trackUsers([again.acting.crypto.account]);
  await nadia.machine.distrustDeviceLists();
  await nadia.settle();
  expect((await nadia.machine.devicesOf(again.acting.crypto.account)).map(({ ed25519 }) => ed25519)).toHaveLength(1);
  expect([me, homeserver.serverName]).toContain(again.acting.crypto.account);
});

test.each([
  [
    "is damaged",
    (folder: string) => {
      for (const name of readdirSync(folder)) {
        if (name.endsWith("-wal") || name.endsWith("-shm")) rmSync(join(folder, name));
        else writeFileSync(join(folder, name), "no database at all, and long enough to be read as one".repeat(100));
      }
    },
    "OPSROOM_CRYPTO_CORRUPT",
  ],
])("a store of keys that %s is said in words, and clear rooms go on", async (_, spoil, code) => {
  const folder = tempFolder();
  const { start, nadia, me, room } = await stage();
  const clear = await nadia.createRoom([me], false);
  const operators = { [nadia.user]: "admin" };
  const rooms = [
    { name: "ops", room, operators },
    { name: "clear", room: clear, operators },
  ];
  const bot = await start({ folder, rooms });
  await bot.stop();
  spoil(folder);

  const again = await start({ ready: false, folder, rooms });
  await expect.poll(() => codeOf(again), patient).toBe(code);
  await nadia.put(clear, { msgtype: "m.text", body: "!look" }, "m.room.message");

  await expect
    .poll(async () => {
      await nadia.sync(100);
      return nadia.said(me).filter((text) => text === "looked" || text.includes("opsroom crypto reset")).length;
    }, patient)
    .toBe(2);
});

test("two instances on one folder: the second takes over when the first lets go, as the same device", async () => {
  const { start, nadia, room, me } = await stage();
  const first = await start();
  const { keys } = await first.acting.crypto.open();

  const second = await start({ ready: false });
  await expect.poll(() => codeOf(second), patient).toBe("OPSROOM_CRYPTO_LOCKED");
  await first.stop();

  await expect.poll(second.acting.crypto.isReady, { timeout: 30_000 }).toBe(true);
  expect((await second.acting.crypto.open()).keys).toEqual(keys);
  await nadia.say(room, "!look");
  await expect
    .poll(async () => {
      await nadia.sync(100);
      return nadia.said(me).at(-1);
    }, patient)
    .toBe("looked");
});
