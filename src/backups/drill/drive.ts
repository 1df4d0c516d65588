/** Handler of timers of kind `backup.drill`: one step, recorded before the next is taken. */
import type { ObjectAccess } from "../../kubernetes/objects.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import type { Writes } from "../../store/store.ts";
import { faultOf } from "../acting/faults.ts";
import { show, tellAsker } from "../acting/message.ts";
import type { ActingNeeds } from "../acting/needs.ts";
import { compare, type Findings } from "./compare.ts";
import { decideDrill, type Decision, type Seen } from "./decide.ts";
import { askForAWhile, copyNeeds, createCopy, removeLeftovers } from "./effects.ts";
import { seeCopy, seeLeftovers } from "./look.ts";
import { questionsLeft } from "./questions.ts";
import { drillKey, drillTimerKind, forgetDrill, readDrill, saveDrill, type DrillRecord } from "./record.ts";
import { progressLines, reportLines, resultInWords, whatOf } from "./render.ts";
import { saveDrillResult, type DrillResult } from "./result.ts";
import { setSweep } from "./sweep.ts";

type Changes = Partial<DrillRecord>;

export function driveDrill(needs: ActingNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  return async (timer, signal) => {
    const record = await readDrill(needs.store.read);
    if (record === undefined || drillKey(record.id) !== timer.key) {
      await needs.store.write((tx) => tx.clearTimer(timer.key));
      return;
    }
    const access = needs.clusters().get(record.cluster);
    let decision = decideDrill(record, await look(record, access, needs, signal), needs.view().now);
    let changes: Changes = {};
    if (access !== undefined && (decision.do === "copy" || decision.do === "create" || decision.do === "ask" || decision.do === "remove")) {
      try {
        changes = await act(decision, record, access, needs, signal);
      } catch (error) {
        signal.throwIfAborted();
        decision = decideDrill(record, { kind: "trouble", ...faultOf(error) }, needs.view().now);
      }
    }
    if (decision.do === "go") changes = decision.changes;
    const words = decision.do === "wait" ? decision.words : undefined;
    const afterMs = decision.do === "wait" ? decision.afterMs : decision.do === "remove" ? 2000 : 0;
    const finished = decision.do === "finish";
    await needs.store.write(async (tx) => {
      // Somebody may have stopped it meanwhile.
      const current = await readDrill(tx);
      if (current?.id !== record.id) return tx.clearTimer(timer.key);
      if (finished) return finish(tx, timer, current, needs);
      const { now } = needs.view();
      const next: DrillRecord = { ...current, ...changes, ...(current.failure === undefined ? {} : { failure: current.failure }) };
      const message = await show(tx, record.id, current.message, progressLines(next, words, needs.view()), now);
      await saveDrill(tx, { ...next, message }, now);
      await tx.setTimer({ key: timer.key, kind: drillTimerKind, dueAt: now + afterMs, body: timer.body });
    });
    needs.wakeSender();
    if (afterMs === 0) needs.wakeTimers();
  };
}

async function look(record: DrillRecord, access: ObjectAccess | undefined, needs: ActingNeeds, signal: AbortSignal): Promise<Seen> {
  if (access === undefined)
    return {
      kind: "trouble",
      words: `the configuration has no cluster ${record.cluster} any more`,
      remedy: "Add it again.",
      passing: record.step === "cleaning",
    };
  try {
    switch (record.step) {
      case "restoring":
        return { kind: "copy", copy: await seeCopy(access, record.id, record.place, signal) };
      case "asking":
        return { kind: "questions", left: questionsLeft(record.answers, needs.settings().drill?.queries ?? []).length };
      case "cleaning":
        return { kind: "leftovers", left: (await seeLeftovers(access, record.place.namespace, signal)).get(record.id) ?? [] };
      case "copying":
      case "creating":
        return { kind: "nothing" };
      default:
        return record.step satisfies never;
    }
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "trouble", ...faultOf(error) };
  }
}

/** @returns what its success changes */
async function act(
  decision: Extract<Decision, { readonly do: "copy" | "create" | "ask" | "remove" }>,
  record: DrillRecord,
  access: ObjectAccess,
  needs: ActingNeeds,
  signal: AbortSignal,
): Promise<Changes> {
  switch (decision.do) {
    case "copy":
      await copyNeeds(access, record, signal);
      return { step: "creating", createdAt: needs.view().now };
    case "create":
      await createCopy(access, record, signal);
      return { step: "restoring" };
    case "ask":
      return { answers: [...(await askForAWhile(access, record, needs.settings().drill?.queries ?? [], () => needs.view().now, signal))] };
    case "remove":
      await removeLeftovers(access, record.place.namespace, decision.leftovers, signal);
      return {};
    default:
      return decision satisfies never;
  }
}

async function finish(tx: Writes, timer: DueTimer, record: DrillRecord, needs: ActingNeeds): Promise<void> {
  const view = needs.view();
  const findings = compare(record.answers, needs.settings().drill?.queries ?? [], record.at !== undefined);
  const result = resultOf(record, findings, view.now);
  const message = await show(tx, record.id, record.message, reportLines(record, result, findings, view), view.now);
  await tellAsker(tx, record.id, message, record.by, resultInWords(record, result), view.now);
  await saveDrillResult(tx, result);
  await forgetDrill(tx);
  await tx.clearTimer(timer.key);
  // A request of a process that was killed may arrive late.
  await setSweep(tx, record.cluster, view.now + 5 * 60_000);
  await tx.appendAudit({
    at: view.now,
    actor: "opsroom",
    action: "backup.drill.ended",
    subject: whatOf(record).slice(0, 64),
    room: message.room,
    eventId: undefined,
    outcome: result.verdict === "ok" || result.verdict === "differs" ? "ok" : "failed",
    detail: `${record.place.name}: ${result.verdict}${result.words === undefined ? "" : `, ${result.words}`}`.slice(0, 300),
  });
}

/** Pure. */
export function resultOf(record: DrillRecord, { comparisons, newest, bytes }: Findings, endedAt: number): DrillResult {
  const { cluster, source, failure, createdAt, readyAt, begunAt, backup, at } = record;
  const differing = comparisons.filter((each) => each.verdict === "differs").map((each) => each.what);
  const words = failure?.words ?? (differing.length === 0 ? undefined : differing.slice(0, 5).join(", "));
  return {
    cluster,
    ...source,
    verdict: failure === undefined ? (differing.length === 0 ? "ok" : "differs") : failure.aborted ? "aborted" : "failed",
    ...(words === undefined ? {} : { words: words.slice(0, 300) }),
    ...(backup.name === undefined ? {} : { backup: backup.name }),
    ...(at === undefined ? {} : { at }),
    begunAt,
    endedAt,
    ...(createdAt === undefined || readyAt === undefined ? {} : { restoreMs: Math.max(0, readyAt - createdAt) }),
    // What was restored to an earlier time was meant to lose what came after.
    ...(newest === undefined || at !== undefined ? {} : { lostMs: Math.max(0, begunAt - newest.at), lostBy: newest.by }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}
