import type { Migration } from "./migration.ts";

export const pendingGroups: Migration = {
  version: 5,
  name: "pending-groups",
  statements: () => [
    // Which groups have something waiting is read from the index alone.
    `drop index alert_delivery_pending`,
    `create index alert_delivery_pending on alert_delivery (group_id, seq) where done_at is null`,
  ],
};
