/** What is looked at now and then: groups that nobody speaks of any more, and calls that could not be read. */
import * as z from "zod";
import type { View } from "../chat/command.ts";
import { renderContent } from "../chat/render/content.ts";
import { clip } from "../chat/render/outside-text.ts";
import { duration } from "../chat/render/units.ts";
import type { RoomId } from "../ids.ts";
import type { Store } from "../store/store.ts";
import type { Living } from "./living.ts";
import type { AlertSettings } from "./settings.ts";

export interface HousekeepingNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly living: Living;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  readonly rooms: () => ReadonlyMap<string, RoomId>;
  readonly wakeSender: () => void;
}

/** Ended at a time. */
const groupsAtOnce = 50;
/** However many calls cannot be read, the room is told this often at most. */
const sayAgainMs = 3_600_000;

const saidShape = z.object({ at: z.number(), newest: z.number(), number: z.number() });

export async function keepHouse(needs: HousekeepingNeeds): Promise<void> {
  await forgetSilentGroups(needs);
  await sayDeadLetters(needs);
}

/** A group that fires but was not told of for days is gone at its source: Alertmanager repeats what fires. */
async function forgetSilentGroups({ store, living, settings, view, wakeSender }: HousekeepingNeeds): Promise<void> {
  const { now } = view();
  const silent = await store.read.groups({ status: "firing", notHeardSince: now - settings().forgetAfterMs, limit: groupsAtOnce });
  if (silent.length === 0) return;
  await store.write(async (tx) => {
    for (const { id } of silent) {
      const group = await living.load(tx, id);
      if (group === undefined) continue;
      const ended = { ...group, status: "resolved", endedAt: now, updatedAt: now, silence: undefined } as const;
      const line = `not heard of for ${duration(now - group.updatedAt)}: taken for gone`;
      await living.show(tx, ended, [{ kind: "ended", afterMs: now - group.beganAt }], [line]);
    }
  });
  wakeSender();
}

async function sayDeadLetters({ store, settings, view, rooms, wakeSender }: HousekeepingNeeds): Promise<void> {
  const [newest] = await store.read.deadLetters(1);
  const room = rooms().get(settings().defaultRoom);
  if (newest === undefined || room === undefined) return;
  const note = await store.read.note("dead-letters", "said");
  const said = note === undefined ? { at: 0, newest: 0, number: 0 } : saidShape.parse(JSON.parse(note.body));
  const { now } = view();
  if (newest.at <= said.newest || now - said.at < sayAgainMs) return;
  const { deadLetters } = await store.read.deliveryDepth();
  const next = { at: now, newest: newest.at, number: said.number + 1 };
  const lines = [
    { text: `🟠 ${newest.source} sent me something that I cannot read as alerts`, strong: true },
    {
      text: [
        "To receiver ",
        { code: clip(newest.receiver, 60) },
        `: ${clip(newest.why, 200)}. It was refused for good, and kept (${deadLetters} so far). See that what sends it is an Alertmanager webhook without a payload of its own.`,
      ],
    },
  ] as const;
  await store.write(async (tx) => {
    const content = renderContent(lines, { mentions: [], notice: false });
    await tx.enqueue({ key: `dead-letter/${next.number}`, room, lane: "rest", type: "m.room.message", content }, now);
    await tx.saveNote({ kind: "dead-letters", name: "said", updatedAt: now, body: JSON.stringify(next) });
  });
  wakeSender();
}
