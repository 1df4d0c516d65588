/** A check in a sentence. Pure. */
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import type { BackupVerdict, Check } from "../verdict.ts";
import { verdictStates } from "../verdict.ts";
import { emojiOf } from "./marks.ts";

const checkWords: Readonly<Record<Check["name"], string>> = {
  base: "base backup",
  schedule: "schedule",
  archiving: "WAL",
  window: "window",
  running: "running",
  store: "store",
  credentials: "certificates",
  history: "history",
};

/** `schedule: "0 3 * * *" has five fields … → Write "0 0 3 * * *"` */
export function checkText({ name, reason, remedy }: Check): string {
  return `${checkWords[name]}: ${clip(oneLine(reason), 400)}${remedy === undefined ? "" : ` → ${clip(oneLine(remedy), 300)}`}`;
}

/** `🔴 WAL: …` */
export function markedCheck(check: Check): string {
  return `${emojiOf(check.state)} ${checkText(check)}`;
}

/** Those that are not ok, the worst first. */
export function troubles({ checks }: Pick<BackupVerdict, "checks">): readonly Check[] {
  return checks.filter((each) => each.state !== "ok").toSorted((a, b) => verdictStates.indexOf(b.state) - verdictStates.indexOf(a.state));
}
