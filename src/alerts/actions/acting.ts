/** What the commands about alerts act with. */
import { OpsroomError } from "../../errors.ts";
import type { Alertmanager } from "../alertmanager/client.ts";

/** Late: it is there while this instance acts, and where alerts are configured. */
export interface Acting<Needs> {
  readonly acting: () => Needs | undefined;
}

/** @throws OpsroomError where alerts are not configured */
export function actingOf<Needs>({ acting }: Acting<Needs>): Needs {
  const needs = acting();
  if (needs !== undefined) return needs;
  throw new OpsroomError("OPSROOM_ALERTMANAGER_ABSENT", "no alerts are configured here", "Add `alerts` to the configuration.");
}

/** The one that is named, or the only one. @throws OpsroomError where none is configured, or several are and none was named */
export function theAlertmanager(managers: ReadonlyMap<string, Alertmanager>, source: string | undefined): Alertmanager {
  const names = [...managers.keys()];
  const found = source === undefined && names.length === 1 ? managers.values().next().value : managers.get(source ?? "");
  if (found !== undefined) return found;
  if (names.length === 0)
    throw new OpsroomError("OPSROOM_ALERTMANAGER_ABSENT", "the configuration names no Alertmanager", "Add alerts.sources[].alertmanager.url to a source.");
  throw new OpsroomError(
    "OPSROOM_ALERTMANAGER_ABSENT",
    source === undefined ? "there are several Alertmanagers" : `no source called “${source.slice(0, 40)}” has an Alertmanager`,
    `Say which: ${names.map((name) => `--source ${name}`).join(" or ")}.`,
  );
}
