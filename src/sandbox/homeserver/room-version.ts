/** What differs between the room versions that the embedded homeserver makes. */

export interface RoomVersion {
  readonly id: string;
  /** Version 12: the room id is the hash of the create event and has no `:server`. */
  readonly idIsHash: boolean;
  /** Version 12: creators stand above all power levels and must not be named in them. */
  readonly creatorsRule: boolean;
  /** Version 11: `redacts` lives in the content, and the create event has no `creator`. */
  readonly redactsInContent: boolean;
}

export const defaultRoomVersion = "12";

const versions = new Map<string, RoomVersion>([
  ["10", { id: "10", idIsHash: false, creatorsRule: false, redactsInContent: false }],
  ["11", { id: "11", idIsHash: false, creatorsRule: false, redactsInContent: true }],
  ["12", { id: "12", idIsHash: true, creatorsRule: true, redactsInContent: true }],
]);

export const roomVersion = (id: string): RoomVersion | undefined => versions.get(id);

export const roomVersionIds = (): readonly string[] => [...versions.keys()];
