/** One PostgreSQL cluster or source, check by check. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line, Reply } from "../../chat/line.ts";
import { since } from "../../chat/render/units.ts";
import type { BackupVerdict } from "../verdict.ts";
import { markOf } from "./marks.ts";
import { markedCheck } from "./words.ts";

export function renderDetail(verdict: BackupVerdict, view: View): Reply {
  const { cluster, namespace, name, method, state, checks, window } = verdict;
  const place = cluster === undefined ? "" : ` in ${cluster}`;
  const title = `${markOf(state)} · ${namespace === undefined ? name : `${namespace}/${name}`}${place}, backed up by ${method}`;
  const reach: readonly Line[] =
    window === undefined
      ? []
      : [
          {
            text: `Could be restored from ${since(window.from, view)}${window.to === undefined ? "; until when is not known exactly" : `, to ${since(window.to, view)}`}`,
          },
        ];
  return { room: [{ text: title, strong: true }, ...checks.map((check): Line => ({ item: markedCheck(check) })), ...reach] };
}
