/** What we ask the homeserver to leave out. Sent with each call, so that no filter id has to be kept for a server. */

import { verificationTypes } from "../verification-event.ts";

/** Events that may ask something of us. */
export const inboxTypes = ["m.room.message", "m.room.encrypted", "m.reaction", "m.room.redaction"] as const;

/** Events that tell where we are. */
const roomTypes = ["m.room.member", "m.room.tombstone", "m.room.encryption"] as const;

/** Per room in one sync; what is beyond is read back by `/messages`. */
const timelineLimit = 100;

const nothing = { types: [], not_types: ["*"] };

/** @param first the first sync wants the token and the rooms, not their past */
export function syncFilter(first: boolean): Readonly<Record<string, unknown>> {
  return {
    presence: nothing,
    account_data: nothing,
    room: {
      ephemeral: nothing,
      account_data: nothing,
      include_leave: false,
      // Whoever came or went in a gap has to be seen: the homeserver tells of changed devices only for members that the answer shows.
      state: first ? { types: ["m.room.tombstone", "m.room.encryption"], lazy_load_members: true } : { types: [...roomTypes, "m.room.history_visibility"] },
      timeline: {
        limit: first ? 1 : timelineLimit,
        types: [...inboxTypes, verificationTypes, ...roomTypes, "m.room.history_visibility"],
        lazy_load_members: first,
      },
    },
  };
}

/** For `/messages`. */
export const pastFilter: Readonly<Record<string, unknown>> = { types: [...inboxTypes, verificationTypes, "m.room.member"], lazy_load_members: true };
