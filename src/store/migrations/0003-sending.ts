import type { Migration } from "./migration.ts";

export const sending: Migration = {
  version: 3,
  name: "sending",
  statements: () => [`create index outbox_sealed on outbox (room) where state = 'sealed'`],
};
