import { expect, test } from "vitest";
import { opsRoom } from "../../support/events.ts";
import { deaths } from "../../support/killable-store.ts";
import { jobBed, minute, type JobBed } from "./job-bed.ts";

/** As the schedule does, each minute. @returns what was heard meanwhile */
async function watched(bed: JobBed, minutes: number): Promise<readonly string[]> {
  for (let passed = 0; passed < minutes; passed += 1) {
    await bed.clock.advance(minute);
    await bed.run("memory-watch");
  }
  return bed.heard();
}

async function shortBed(): Promise<JobBed> {
  const bed = await jobBed();
  bed.usedMi.set("ofem", 400).set("uzig", 950);
  return bed;
}

const short = expect.stringMatching(/^🔴 uzig is at 95 % memory\nOver its limit for 10 min\. .*\nMove or restart what is big .*`!status uzig`/u);

test("a node that is short of memory for ten minutes is told once, with what to do", async () => {
  const bed = await shortBed();
  expect(await watched(bed, 10)).toEqual([]);
  expect(await watched(bed, 1)).toEqual([short]);
  expect(await watched(bed, 30)).toEqual([]);
  expect(await bed.run("memory-watch")).toEqual({ outcome: "ok", words: "2 nodes, 1 short of memory" });
});

test("that it is over is told when it was over for as long, also after a restart", async () => {
  const bed = await shortBed();
  await watched(bed, 11);
  bed.usedMi.set("uzig", 500);
  await bed.restart();
  expect(await watched(bed, 10)).toEqual([]);
  expect(await watched(bed, 1)).toEqual(["🟢 uzig is not short of memory any more; it was for 11 min."]);
  expect(await watched(bed, 20)).toEqual([]);
});

test.each(deaths)("killed %s the write that tells it, and run again: told once", async (death) => {
  const bed = await shortBed();
  await watched(bed, 10);
  await bed.clock.advance(minute);
  const due = bed.clock.now();
  bed.killAt(0, death);
  await expect(bed.run("memory-watch", due)).rejects.toThrow("killed");
  await bed.restart();
  await bed.clock.advance(5000);
  await bed.run("memory-watch", due);
  expect(await watched(bed, 5)).toEqual([short]);
});

test("a second node that is short by the time a run is done again is told too", async () => {
  const bed = await shortBed();
  await watched(bed, 1);
  bed.usedMi.set("ofem", 990);
  await watched(bed, 9);
  await bed.clock.advance(minute);
  const due = bed.clock.now();
  bed.killAt(0, "after");
  await expect(bed.run("memory-watch", due)).rejects.toThrow("killed");
  await bed.restart();
  await bed.clock.advance(minute);
  await bed.run("memory-watch", due);
  expect(await bed.heard()).toEqual([short, expect.stringContaining("🔴 ofem is at 99 % memory")]);
});

test("while the room is not known it fails, and tells it when the room is", async () => {
  const bed = await shortBed();
  bed.place.room = undefined;
  expect(await watched(bed, 10)).toEqual([]);
  await expect(watched(bed, 1)).rejects.toThrow("the room that is to be told is not known yet");
  bed.place.room = opsRoom;
  expect(await watched(bed, 1)).toEqual([expect.stringContaining("Over its limit for 11 min")]);
});

test("figures that are missing or old are no recovery, and the job says that it could not look", async () => {
  const bed = await shortBed();
  await watched(bed, 11);
  bed.usedMi.set("uzig", undefined);
  expect(await watched(bed, 30)).toEqual([]);

  bed.usedMi.set("uzig", 500);
  await bed.run("memory-watch");
  bed.reads.nodes = false;
  expect(await watched(bed, 30)).toEqual([]);
  expect(await bed.run("memory-watch")).toMatchObject({ words: expect.stringContaining("sources could not be read") });
});

test("a cluster of which nothing was ever read is a failure, not a fleet that is well", async () => {
  const bed = await shortBed();
  bed.reads.nodes = false;
  expect(await bed.run("memory-watch")).toMatchObject({ outcome: "failed", words: expect.stringMatching(/^0 nodes/u) });
});

test("a node that is taken away is no good news", async () => {
  const bed = await shortBed();
  await watched(bed, 11);
  bed.usedMi.delete("uzig");
  expect(await watched(bed, 1)).toEqual(["⚪ prod/uzig is no longer there; it was short of memory for 11 min."]);
  expect(await watched(bed, 20)).toEqual([]);
});

test.each([
  ["no JSON", "{"],
  ["of another shape", JSON.stringify({ "prod/uzig": "short" })],
])("a note that is %s: it is counted anew", async (_, body) => {
  const bed = await shortBed();
  await watched(bed, 11);
  await bed.heard();
  await bed.store().write((tx) => tx.saveNote({ kind: "memory.watch", name: "nodes", updatedAt: 0, body }));
  expect(await watched(bed, 11)).toEqual([short]);
});

test("certificates that end soon, have ended or cannot be seen are told once a day; good ones are not", async () => {
  const bed = await jobBed();
  const day = 86_400_000;
  const now = bed.clock.now();
  const at = (of: string, endsAt: number) => ({ of, found: { endsAt, issuer: "R11" } });
  bed.certificates.push(at("good.example", now + 60 * day), at("soon.example", now + 5 * day), at("old.example", now - 2 * day), {
    of: "away.example",
    found: { error: "connection refused" },
  });
  expect(await bed.run("certificates", now)).toEqual({ outcome: "ok", words: "4 certificates, 3 to be looked after" });
  await bed.run("certificates", now);
  expect(await bed.heard()).toEqual([
    [
      "🟡 the certificate of soon.example (by R11) ends in 5 d, 28 Nov 10:00 UTC; nobody has renewed it yet",
      "🔴 the certificate of old.example (by R11) has ended: 2 d ago",
      "⚪ the certificate of away.example could not be looked at: connection refused",
    ].join("\n"),
  ]);

  bed.certificates.splice(0, 4, at("good.example", now + 60 * day));
  expect(await bed.run("certificates", now + day)).toEqual({ outcome: "ok", words: "1 certificate, 0 to be looked after" });
  expect(await bed.heard()).toEqual([]);

  bed.certificates.push(at("soon.example", now + day));
  bed.place.room = undefined;
  await expect(bed.run("certificates", now + 2 * day)).rejects.toThrow("not known yet");
});
