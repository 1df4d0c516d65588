/** The tables of alerts, prompts and things to be done at a time, as Kysely sees them. */
import type { Generated } from "kysely";
import type { RoomId } from "../ids.ts";
import type { GroupRecord, PromptRecord } from "./alert-store.ts";

interface DeliveryTable {
  seq: Generated<number>;
  key: string;
  sender: string;
  group_id: string;
  received_at: number;
  /** Emptied when it is worked off. */
  body: string;
  done_at: number | null;
}

/** The delivery that a sender brought last of a group, be it kept or known already: tells a late copy from news. */
interface SenderTable {
  group_id: string;
  sender: string;
  last_seq: number;
  heard_at: number;
}

interface DeadLetterTable {
  seq: Generated<number>;
  at: number;
  source: string;
  receiver: string;
  why: string;
  sample: string;
}

interface GroupTable {
  id: string;
  source: string;
  status: GroupRecord["status"];
  updated_at: number;
  body: string;
}

interface TimerTable {
  key: string;
  kind: string;
  due_at: number;
  body: string;
  attempts: Generated<number>;
}

interface PromptTable {
  id: string;
  room: RoomId;
  status: PromptRecord["status"];
  /** Unique among the open ones. */
  code: string;
  deadline_at: number;
  version: number;
  body: string;
}

interface NoteTable {
  kind: string;
  name: string;
  updated_at: number;
  body: string;
}

interface RoomActivityTable {
  room: RoomId;
  messages: number;
}

export interface AlertTables {
  alert_delivery: DeliveryTable;
  alert_sender: SenderTable;
  alert_dead_letter: DeadLetterTable;
  alert_group: GroupTable;
  timer: TimerTable;
  prompt: PromptTable;
  note: NoteTable;
  room_activity: RoomActivityTable;
}
