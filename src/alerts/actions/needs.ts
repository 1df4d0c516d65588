/** What acting on alerts from a room needs of the rest of Opsroom. */
import type { View } from "../../chat/command.ts";
import type { Prompts } from "../../prompts/service.ts";
import type { Store } from "../../store/store.ts";
import type { Alertmanager } from "../alertmanager/client.ts";
import type { Living } from "../living.ts";
import type { AlertSettings } from "../settings.ts";

export interface ActionNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly living: Living;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  /** By the name of their source; sources without one are absent. */
  readonly alertmanagers: () => ReadonlyMap<string, Alertmanager>;
  readonly prompts: Pick<Prompts, "ask" | "take" | "read" | "withdraw">;
  readonly wakeSender: () => void;
}
