import { alertScenarios } from "./alerts.ts";
import { outageMs } from "./borrowed-homeserver.ts";
import { silenceScenarios } from "./silences.ts";
import { synapseBed } from "./synapse-bed.ts";

const bed = synapseBed({ backlog: { messages: 5000, commands: 20 }, kills: { times: 200, commands: 300 }, outageMs });
alertScenarios(bed);
silenceScenarios(bed);
