/** The tables of encrypted rooms, as Kysely sees them. */
import type { DeviceId, EventId, RoomId, UserId } from "../ids.ts";

export interface EncryptionTables {
  room_encryption: { room: RoomId; algorithm: string; rotate_after_ms: number | null; rotate_after_messages: number | null; learnt_at: number };
  /** At most one row. */
  crypto_device: { id: 1; user_id: UserId; device: DeviceId; ed25519: string };
  heard_message: { session: string; message_index: number; event_id: EventId; at: number };
}
