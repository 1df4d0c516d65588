import type { Migration } from "./migration.ts";

export const sending: Migration = {
  version: 3,
  name: "sending",
  statements: () => [
    `create index outbox_sealed on outbox (room) where state = 'sealed'`,
    // Has all that decides what goes next: the rows themselves are long.
    `drop index outbox_unsent`,
    `create index outbox_unsent on outbox (room, lane, seq, not_before, target_key, ended_at) where ended_at is null`,
  ],
};
