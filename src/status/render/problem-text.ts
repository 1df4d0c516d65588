/** Verdicts in a sentence each. Pure. */
import type { View } from "../../chat/command.ts";
import { bytes, percent, since } from "../../chat/render/units.ts";
import { partName } from "../app-names.ts";
import type { Competition, Consumer, HomeserverProblem, NodeProblem, NodeVerdict } from "../verdicts.ts";

/** How many pods are named as what eats a node's memory. */
const biggest = 3;

/** `Grafana 682 Mi, Synapse t0rt1k 582 Mi, Prometheus 499 Mi` */
export function eaters(consumers: readonly Consumer[]): string {
  return consumers
    .filter((each) => each.memory !== undefined)
    .slice(0, biggest)
    .map((each) => `${each.label} ${bytes(each.memory)}`)
    .join(", ");
}

/** `uzig is at 94 % memory: Grafana 682 Mi, …` */
export function nodeProblemText({ shortName, consumers }: NodeVerdict, problem: NodeProblem, view: View): string {
  switch (problem.kind) {
    case "not-ready":
      return `${shortName} is not ready`;
    case "silent":
      return `${shortName} reports nothing any more: its kubelet is gone or cut off`;
    case "pressure":
      return withEaters(`${shortName} is under ${problem.pressures.map(pressureName).join(" and ")} pressure`, consumers);
    case "memory":
      return withEaters(`${shortName} is at ${percent(problem.share)} memory`, consumers);
    case "cpu":
      return `${shortName} is at ${percent(problem.share)} CPU`;
    case "cordoned":
      return `${shortName} is cordoned: it takes no new pods`;
    case "no-figures":
      return problem.at === undefined ? `nobody could tell how full ${shortName} is` : `${shortName} was last measured ${since(problem.at, view)}`;
    default:
      return problem satisfies never;
  }
}

function withEaters(text: string, consumers: readonly Consumer[]): string {
  const named = eaters(consumers);
  return named === "" ? text : `${text}: ${named}`;
}

/** `MemoryPressure` → `memory` */
function pressureName(condition: string): string {
  const name = condition.replace(/Pressure$/u, "");
  return name === "PID" ? "process id" : name.toLowerCase();
}

/** Without the homeserver's name: `Synapse was OOM-killed 5 min ago, 14:59 MSK (3 restarts)` */
export function homeserverProblemText(problem: HomeserverProblem, view: View): string {
  switch (problem.kind) {
    case "pods-unread":
      return `its pods could not be read: ${problem.error}`;
    case "not-found":
      return "no pod and no workload fits its selectors";
    case "stopped":
      return `${partName(problem.part)} is scaled to 0`;
    case "not-ready":
      return `${partName(problem.part)}: ${problem.ready}/${problem.wanted ?? "?"} ready`;
    case "waiting":
      return `${partName(problem.part)} waits: ${problem.reason}${restartsText(problem.restarts)}`;
    case "oom-killed":
      return `${partName(problem.part)} was OOM-killed ${problem.at === undefined ? "at an unknown time" : since(problem.at, view)}${restartsText(problem.restarts)}`;
    case "restarted":
      return `${partName(problem.part)} ended (${problem.reason}) ${problem.at === undefined ? "at an unknown time" : since(problem.at, view)}${restartsText(problem.restarts)}`;
    case "memory":
      return `Synapse is at ${percent(problem.share)} of its memory limit`;
    case "short-node":
      return `its Synapse is on ${problem.node}, which is at ${percent(problem.share)} memory`;
    case "unreachable":
      return `federation does not reach it: ${problem.error}`;
    case "version-differs":
      return `it answers as ${problem.served}, but its image is ${problem.image}`;
    case "database":
      return `its database cluster: ${problem.phase ?? "no phase known"}, ${problem.ready ?? "?"}/${problem.wanted ?? "?"} ready`;
    case "database-missing":
      return "its database cluster does not exist";
    case "database-unread":
      return `its database cluster could not be read: ${problem.error}`;
    case "no-figures":
      return problem.at === undefined ? "nobody could tell how much memory its Synapse uses" : `last measured ${since(problem.at, view)}`;
    default:
      return problem satisfies never;
  }
}

function restartsText(restarts: number): string {
  return restarts === 0 ? "" : ` (${restarts} ${restarts === 1 ? "restart" : "restarts"})`;
}

/** `The monitoring stack (Grafana, Prometheus, VictoriaMetrics: 1.5 Gi) competes with the busiest Synapse (t0rt1k, 582 Mi) on uzig; ofem has room for it (59 % then).` */
export function competitionText({ node, homeserver, busiest, synapseMemory, monitoring, members, membersMemory, roomOn }: Competition): string {
  const names = [...new Set(members.map((each) => each.label))];
  const named = names.length > biggest ? `${names.slice(0, biggest).join(", ")} …` : names.join(", ");
  const subject = monitoring
    ? `The monitoring stack (${named}: ${bytes(membersMemory)}) competes`
    : `${named} (${bytes(membersMemory)}) ${names.length === 1 ? "competes" : "compete"}`;
  const them = monitoring || names.length === 1 ? "it" : "them";
  const room = roomOn === undefined ? `no other node has room for ${them}` : `${roomOn.node} has room for ${them} (${percent(roomOn.shareThen)} then)`;
  return `${subject} with ${busiest ? "the busiest" : "a"} Synapse (${homeserver}, ${bytes(synapseMemory)}) on ${node}; ${room}.`;
}
