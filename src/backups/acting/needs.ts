/** What beginning backups and drills from a room needs of the rest of Opsroom. */
import type { View } from "../../chat/command.ts";
import type { ObjectAccess } from "../../kubernetes/objects.ts";
import type { Prompts } from "../../prompts/service.ts";
import type { Store } from "../../store/store.ts";
import type { BackupSettings } from "../settings.ts";

export interface ActingNeeds {
  readonly store: Pick<Store, "read" | "write">;
  /** The Kubernetes clusters whose backups are looked at, by their names in the configuration. */
  readonly clusters: () => ReadonlyMap<string, ObjectAccess>;
  readonly settings: () => BackupSettings;
  readonly view: () => View;
  readonly prompts: Pick<Prompts, "ask" | "take" | "read">;
  readonly wakeSender: () => void;
  readonly wakeTimers: () => void;
}

/** In words, with what to do. */
export interface Refusal {
  readonly refusal: string;
}
